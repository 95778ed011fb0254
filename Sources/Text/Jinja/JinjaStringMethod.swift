/// A call of one of Python's string methods.
struct JinjaStringMethod {
  private let name: String
  private let text: String
  private let inputs: JinjaInputs
  private let renderer: JinjaRenderer

  init(_ name: String, _ text: String, _ inputs: JinjaInputs, _ renderer: JinjaRenderer) {
    self.name = name
    self.text = text
    self.inputs = inputs
    self.renderer = renderer
  }

  func result() throws -> JinjaValue {
    try renderer.spend(bytes: text.utf8.count)
    switch name {
    case "strip", "lstrip", "rstrip":
      let set = try string(0)
      return .string(
        JinjaStrings.strip(text, set, start: name != "rstrip", end: name != "lstrip"))
    case "split", "rsplit": return try split()
    case "splitlines":
      let keeps = try bound(["keepends"])[0]?.isTrue ?? false
      return try strings(JinjaStrings.lines(text, keeps: keeps))
    case "partition", "rpartition": return try partition()
    case "startswith", "endswith": return .bool(try hasEnd())
    case "removeprefix", "removesuffix": return .string(try withoutEnd())
    case "replace":
      try limitNames([])
      let limit = try integer(2) ?? -1
      return try renderer.replaced(text, needed(0), needed(1), limit: limit)
    case "find", "rfind", "index", "rindex", "count": return try search()
    case "join":
      return try renderer.joined(renderer.items(only()), separator: text) { item in
        guard let text = item.string else { throw JinjaError("'join' of \(item.kind)") }
        return text
      }
    case "format": return try renderer.string(renderer.formatted(text, inputs))
    case "center", "ljust", "rjust", "zfill": return try padded()
    default:
      _ = try bound([])
      return try cased()
    }
  }

  // Arguments.

  private func bound(_ parameters: [String]) throws -> [JinjaValue?] {
    try inputs.bound("'\(name)'", parameters)
  }

  private func limitNames(_ allowed: [String]) throws {
    if let (name, _) = inputs.named.first(where: { !allowed.contains($0.name) }) {
      throw JinjaError("'\(self.name)' has no argument '\(name)'")
    }
  }

  private func positional(_ index: Int) -> JinjaValue? {
    index < inputs.positional.count ? inputs.positional[index] : nil
  }

  private func only() throws -> JinjaValue {
    guard let value = positional(0), inputs.positional.count == 1, inputs.named.isEmpty else {
      throw JinjaError("'\(name)' takes 1 argument without a name")
    }
    return value
  }

  /// A string that may be none or left out.
  private func string(_ index: Int) throws -> String? {
    try limitNames(["sep", "maxsplit"])
    let named = inputs.named.first { $0.name == "sep" }?.value
    switch positional(index) ?? (index == 0 ? named : nil) {
    case nil, .some(.none): return nil
    case .undefined(let missing)?: throw JinjaError.undefined(missing)
    case .some(let value):
      guard let text = value.string else {
        throw JinjaError("'\(name)' of \(value.kind) instead of a string")
      }
      return text
    }
  }

  private func needed(_ index: Int) throws -> String {
    guard let text = try string(index) else {
      throw JinjaError("'\(name)' needs \(index + 1) strings")
    }
    return text
  }

  private func integer(_ index: Int, named: String? = nil) throws -> Int? {
    let value = positional(index) ?? inputs.named.first { $0.name == named }?.value
    guard let value else { return nil }
    guard case .whole(let number)? = JinjaNumber(value) else {
      throw JinjaError("'\(name)' of \(value.kind) instead of a number")
    }
    return number
  }

  private func strings(_ texts: [String]) throws -> JinjaValue {
    try renderer.array(texts.map { .string($0) })
  }

  // Methods.

  private func split() throws -> JinjaValue {
    let separator = try string(0)
    guard separator != "" else { throw JinjaError("'\(name)' at an empty string") }
    guard inputs.positional.count <= 2 else { throw JinjaError("'\(name)' takes 2 arguments") }
    let limit = try integer(1, named: "maxsplit") ?? -1
    // More parts than a list may have are refused when it is made.
    let most = limit < 0 ? JinjaLimits.items : min(limit, JinjaLimits.items)
    return try strings(
      JinjaStrings.split(text, separator, limit: most, fromEnd: name == "rsplit"))
  }

  private func partition() throws -> JinjaValue {
    let separator = try needed(0)
    guard !separator.isEmpty else { throw JinjaError("'\(name)' at an empty string") }
    let isLast = name == "rpartition"
    let parts = JinjaStrings.split(text, separator, limit: 1, fromEnd: isLast)
    let all =
      parts.count == 2
      ? [parts[0], separator, parts[1]] : isLast ? ["", "", text] : [text, "", ""]
    return try renderer.array(all.map { .string($0) }, .tuple)
  }

  /// Whether the text begins or ends with a string or with one of several.
  private func hasEnd() throws -> Bool {
    guard let value = positional(0), inputs.named.isEmpty, inputs.positional.count <= 3 else {
      throw JinjaError("'\(name)' takes 1 to 3 arguments without names")
    }
    let part = try part(1)
    let ends: [JinjaValue]
    if case .array(let array) = value, array.kind == .tuple {
      ends = array.items
    } else {
      ends = [value]
    }
    return try ends.contains { end in
      if case .undefined(let missing) = end { throw JinjaError.undefined(missing) }
      guard let end = end.string else { throw JinjaError("'\(name)' of \(end.kind)") }
      guard let part else { return false }
      return name == "startswith"
        ? part.utf8.starts(with: end.utf8) : part.utf8.reversed().starts(with: end.utf8.reversed())
    }
  }

  /// The part of the text between two optional numbers of characters; nil if it begins beyond the
  /// end.
  private func part(_ index: Int) throws -> String? {
    guard inputs.positional.count > index else { return text }
    func bound(_ index: Int) throws -> Int? {
      if case .some(.none) = positional(index) { return nil }
      return try integer(index)
    }
    let slice = JinjaSlice(start: try bound(index), end: try bound(index + 1), step: 1)
    let scalars = Array(text.unicodeScalars)
    guard (slice.start ?? 0) <= scalars.count else { return nil }
    return String(scalars: slice.pick(scalars))
  }

  private func withoutEnd() throws -> String {
    let end = try needed(0)
    if name == "removeprefix" {
      return text.utf8.starts(with: end.utf8)
        ? String(decoding: text.utf8.dropFirst(end.utf8.count), as: UTF8.self) : text
    }
    return text.utf8.reversed().starts(with: end.utf8.reversed())
      ? String(decoding: text.utf8.dropLast(end.utf8.count), as: UTF8.self) : text
  }

  private func search() throws -> JinjaValue {
    let wanted = try needed(0)
    let part = try part(1)
    let bytes = Array((part ?? "").utf8)
    let isLast = name.hasPrefix("r")
    let places = JinjaStrings.places(of: Array(wanted.utf8), in: bytes, fromEnd: isLast)
    let count = part?.unicodeScalars.count ?? 0
    if name == "count" {
      return .integer(part == nil ? 0 : wanted.isEmpty ? count + 1 : places.count)
    }
    let before = (isLast ? places.last : places.first).map {
      String(decoding: bytes[..<$0], as: UTF8.self).unicodeScalars.count
    }
    let found = wanted.isEmpty && part != nil ? (isLast ? count : 0) : before
    guard let found else {
      if name.hasSuffix("find") { return .integer(-1) }
      throw JinjaError("'\(name)' did not find the string")
    }
    let length = text.unicodeScalars.count
    let start = try integer(1).map { $0 < 0 ? max(0, $0 + length) : $0 } ?? 0
    return .integer(found + start)
  }

  private func padded() throws -> JinjaValue {
    guard let width = try integer(0).map({ max(0, $0) }) else {
      throw JinjaError("'\(name)' needs a width")
    }
    try renderer.allow(bytes: width)
    if name == "zfill" {
      let sign = text.hasPrefix("-") || text.hasPrefix("+") ? String(text.prefix(1)) : ""
      let digits = String(text.dropFirst(sign.count))
      return .string(sign + JinjaStrings.padded(digits, width - sign.count, "0", .right))
    }
    let fill = try string(1) ?? " "
    guard fill.unicodeScalars.count == 1 else {
      throw JinjaError("'\(name)' with more than a character")
    }
    let side: JinjaStrings.Side = name == "center" ? .center : name == "ljust" ? .left : .right
    return try renderer.string(JinjaStrings.padded(text, width, fill, side))
  }

  private func cased() throws -> JinjaValue {
    let scalars = text.unicodeScalars
    func all(_ holds: (Unicode.Scalar) -> Bool) -> JinjaValue {
      .bool(!scalars.isEmpty && scalars.allSatisfy(holds))
    }
    switch name {
    case "upper": return .string(JinjaStrings.upper(text))
    case "lower": return .string(JinjaStrings.lower(text))
    case "title": return .string(JinjaStrings.title(text))
    case "capitalize": return .string(JinjaStrings.capitalized(text))
    case "isupper": return .bool(JinjaStrings.isCase(text, upper: true))
    case "islower": return .bool(JinjaStrings.isCase(text, upper: false))
    case "isspace": return all(\.isPythonSpace)
    case "isalpha": return all(\.isLetter)
    case "isdigit": return all { [.decimal, .digit].contains($0.properties.numericType) }
    case "isdecimal": return all { $0.properties.numericType == .decimal }
    case "isnumeric": return all { $0.properties.numericType != nil }
    default: return all { $0.isLetter || $0.properties.numericType != nil }
    }
  }
}

extension Unicode.Scalar {
  fileprivate var isLetter: Bool {
    switch properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
    default: false
    }
  }
}
