// What Python's `str` and `repr` give.
extension JinjaRenderer {
  /// A value as Jinja writes it.
  func text(_ value: JinjaValue) throws -> String {
    if let text = value.string { return text }
    if case .undefined = value { return "" }
    return try represented(value)
  }

  /// What Python's `repr` gives.
  func represented(_ value: JinjaValue) throws -> String {
    var text = ""
    try represent(value, &text)
    return text
  }

  private func represent(_ value: JinjaValue, _ text: inout String) throws {
    let start = text.utf8.count
    switch value {
    case .undefined: text += "Undefined"
    case .none: text += "None"
    case .bool(let value): text += value ? "True" : "False"
    case .integer(let value): text += String(value)
    case .long(let digits): text += digits
    case .float(let value): text += JinjaNumbers.text(value)
    case .string(let value): text += JinjaStrings.quoted(value)
    case .markup(let value): text += "Markup(" + JinjaStrings.quoted(value) + ")"
    case .array(let array): try nested { try represent(array, &text) }
    case .mapping(let mapping):
      try nested { try represent(mapping.keys, mapping.values, &text) }
    case .namespace(let namespace):
      text += "<Namespace "
      try nested {
        try represent(
          namespace.names.map { .string($0) },
          namespace.names.map { namespace.values[$0] ?? .none }, &text)
      }
      text += ">"
    case .loop(let loop): text += "<LoopContext \(loop.index0 + 1)/\(try loop.length())>"
    case .function(.macro(let macro)): text += "<Macro '\(macro.node.name)'>"
    case .generator, .function: throw JinjaError("\(value.kind) has no text")
    }
    try check(bytes: text.utf8.count)
    try spend(bytes: text.utf8.count - start)
  }

  private func represent(_ array: JinjaArray, _ text: inout String) throws {
    let marks: (String, String) =
      switch array.kind {
      case .list: ("[", "]")
      case .tuple: ("(", array.items.count == 1 ? ",)" : ")")
      case .keys: ("dict_keys([", "])")
      case .values: ("dict_values([", "])")
      case .members: ("dict_items([", "])")
      case .range(let written): (written, "")
      }
    text += marks.0
    if case .range = array.kind { return }
    for (index, item) in array.items.enumerated() {
      if index > 0 { text += ", " }
      try spend(1)
      try represent(item, &text)
    }
    text += marks.1
  }

  private func represent(
    _ keys: [JinjaValue], _ values: [JinjaValue], _ text: inout String
  ) throws {
    text += "{"
    for (index, (key, value)) in zip(keys, values).enumerated() {
      if index > 0 { text += ", " }
      try spend(1)
      try represent(key, &text)
      text += ": "
      try represent(value, &text)
    }
    text += "}"
  }
}

extension JinjaStrings {
  /// A string as Python's `repr` writes it.
  static func quoted(_ text: String) -> String {
    let quote: Unicode.Scalar =
      text.unicodeScalars.contains("'")
        && !text.unicodeScalars.contains("\"") ? "\"" : "'"
    var view = String.UnicodeScalarView()
    view.append(quote)
    for scalar in text.unicodeScalars {
      switch scalar {
      case quote, "\\": view.append(contentsOf: ["\\", scalar])
      case "\n": view.append(contentsOf: "\\n".unicodeScalars)
      case "\r": view.append(contentsOf: "\\r".unicodeScalars)
      case "\t": view.append(contentsOf: "\\t".unicodeScalars)
      default:
        if isPrintable(scalar) {
          view.append(scalar)
        } else {
          view.append(contentsOf: escape(scalar).unicodeScalars)
        }
      }
    }
    view.append(quote)
    return String(view)
  }

  private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
      .paragraphSeparator:
      false
    case .spaceSeparator: scalar == " "
    default: true
    }
  }

  /// `\x7f`, `\u2028` or `\U000e0001`.
  private static func escape(_ scalar: Unicode.Scalar) -> String {
    let digits = String(scalar.value, radix: 16)
    let (letter, width) =
      scalar.value < 0x100 ? ("x", 2) : scalar.value < 0x10000 ? ("u", 4) : ("U", 8)
    return "\\\(letter)" + String(repeating: "0", count: width - digits.count) + digits
  }
}
