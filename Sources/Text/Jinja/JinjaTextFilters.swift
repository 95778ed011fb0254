// What the filters of text and numbers do.
extension JinjaRenderer {
  /// The text of a string or marked text, with what HTML would read otherwise escaped; marked text
  /// is left alone.
  static func escaped(_ value: JinjaValue) -> String {
    guard case .string(let text) = value else { return value.string ?? "" }
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "'": result += "&#39;"
      case "\"": result += "&#34;"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// A string as marked text.
  func escapedText(_ value: JinjaValue) throws -> JinjaValue {
    let text = Self.escaped(value)
    try allow(bytes: text.utf8.count)
    return .markup(text)
  }

  /// The string or the strings of a tuple, escaped.
  static func escaped(all value: JinjaValue) -> JinjaValue {
    switch value {
    case .string: .string(escaped(value))
    case .array(let array) where array.kind == .tuple: .tuple(array.items.map(escaped(all:)))
    default: value
    }
  }

  /// A value as a string, marked text as it is.
  func stringed(_ value: JinjaValue) throws -> JinjaValue {
    if case .markup = value { return value }
    return try string(text(value))
  }

  /// A string method of a value's text.
  func texted(
    _ method: String, _ value: JinjaValue, _ arguments: [JinjaValue] = []
  ) throws -> JinjaValue {
    try JinjaMethods.call(method, stringed(value), JinjaInputs(positional: arguments), self)
  }

  /// A whole number; `otherwise` for none.
  func whole(_ value: JinjaValue, or otherwise: Int) throws -> Int {
    if case .none = value { return otherwise }
    guard case .whole(let number) = try numeric(value, for: "whole number") else {
      throw JinjaError("\(value.kind) instead of a whole number")
    }
    return number
  }

  func replaced(_ text: String, _ old: String, _ new: String, limit: Int) throws -> JinjaValue {
    try spend(bytes: text.utf8.count + old.utf8.count)
    let count =
      old.isEmpty
      ? text.unicodeScalars.count + 1
      : JinjaStrings.places(of: Array(old.utf8), in: Array(text.utf8)).count
    try spend(count)
    let growth = min(count, limit < 0 ? .max : limit) * max(0, new.utf8.count - old.utf8.count)
    try allow(bytes: text.utf8.count + growth)
    return .string(JinjaStrings.replace(text, old, new, limit: limit))
  }

  /// The filter `title`: words begin after space and opening marks, too.
  func titled(_ value: JinjaValue) throws -> JinjaValue {
    var result = ""
    var isInside = false
    for scalar in try text(value).unicodeScalars {
      if scalar.isPythonSpace || "-({[<".unicodeScalars.contains(scalar) {
        result.unicodeScalars.append(scalar)
        isInside = false
      } else {
        let properties = scalar.properties
        result += isInside ? properties.lowercaseMapping : properties.uppercaseMapping
        isInside = true
      }
    }
    return try string(result)
  }

  /// `inputs` are `width`, `first` and `blank`.
  func indented(_ value: JinjaValue, _ inputs: [JinjaValue?]) throws -> JinjaValue {
    guard let text = value.string else { throw JinjaError("'indent' of \(value.kind)") }
    let indent: String
    if let width = inputs[0]?.string {
      indent = width
    } else {
      let width = try whole(inputs[0] ?? .integer(4), or: 4)
      try allow(bytes: max(0, width))
      indent = String(repeating: " ", count: max(0, width))
    }
    let lines = JinjaStrings.lines(text + "\n")
    let (size, overflow) = indent.utf8.count.multipliedReportingOverflow(by: lines.count)
    try allow(bytes: overflow ? .max : size)
    let blank = inputs[2]?.isTrue == true
    let body = lines.enumerated().map { index, line in
      index > 0 && (blank || !line.isEmpty) ? indent + line : line
    }
    return try string((inputs[1]?.isTrue == true ? indent : "") + body.joined(separator: "\n"))
  }

  /// `inputs` are `length`, `killwords`, `end` and `leeway`.
  func truncated(_ value: JinjaValue, _ inputs: [JinjaValue?]) throws -> JinjaValue {
    guard let text = value.string else { throw JinjaError("'truncate' of \(value.kind)") }
    let length = try whole(inputs[0] ?? .none, or: 255)
    let end = try self.text(inputs[2] ?? .string("..."))
    let leeway = try whole(inputs[3] ?? .none, or: 5)
    let scalars = text.unicodeScalars
    guard length >= end.unicodeScalars.count, leeway >= 0 else {
      throw JinjaError("'truncate' to less than its end takes")
    }
    try spend(bytes: text.utf8.count)
    guard scalars.count - leeway > length else { return value }
    let kept = String(String.UnicodeScalarView(scalars.prefix(length - end.unicodeScalars.count)))
    if inputs[1]?.isTrue == true { return .string(kept + end) }
    return .string(JinjaStrings.split(kept, " ", limit: 1, fromEnd: true)[0] + end)
  }

  /// The filter `int`.
  func integer(
    _ value: JinjaValue, otherwise: JinjaValue, base: JinjaValue?
  ) throws -> JinjaValue {
    let base = try whole(base ?? .none, or: 10)
    if case .undefined(let missing) = value { throw JinjaError.undefined(missing) }
    if let text = value.string {
      if let number = JinjaNumbers.whole(text, base: base) { return .integer(number) }
      guard let number = JinjaNumbers.real(text), number.isFinite else { return otherwise }
      return .integer(try truncated(.real(number)))
    }
    if case .long = value { return value }
    guard let number = JinjaNumber(value), !number.double.isNaN else { return otherwise }
    return .integer(try truncated(number))
  }

  /// The number without its fraction.
  func truncated(_ number: JinjaNumber) throws -> Int {
    switch number {
    case .whole(let whole): return whole
    case .real(let real):
      guard let whole = Int(exactly: real.rounded(.towardZero)) else {
        throw JinjaError("a number is too large")
      }
      return whole
    }
  }

  /// The filter `round`; `inputs` are `precision` and `method`.
  func rounded(_ value: JinjaValue, _ inputs: [JinjaValue?]) throws -> JinjaValue {
    let number = try numeric(value, for: "round")
    let places = try whole(inputs[0] ?? .none, or: 0)
    let method = try text(inputs[1] ?? .string("common"))
    guard (-300...300).contains(places) else { throw JinjaError("'round' to \(places) places") }
    switch (method, number) {
    case ("common", .whole(let whole)) where places >= 0: return .integer(whole)
    case ("common", .whole(let whole)):
      return .integer(try truncated(.real(JinjaNumbers.rounded(Double(whole), places))))
    case ("common", .real(let real)): return .float(JinjaNumbers.rounded(real, places))
    case ("ceil", _), ("floor", _):
      let scale = JinjaNumbers.power(10, places)
      let scaled = (number.double * scale).rounded(method == "ceil" ? .up : .down)
      guard scaled.isFinite else { throw JinjaError("a number is too large") }
      return .float(scaled / scale)
    default: throw JinjaError("'round' with the method '\(method)'")
    }
  }
}

extension JinjaStrings {
  /// Stretches of letters, digits and underscores.
  static func wordCount(_ text: String) -> Int {
    text.unicodeScalars.split { scalar in
      let properties = scalar.properties
      return scalar != "_" && !properties.isAlphabetic && properties.numericType == nil
    }.count
  }
}
