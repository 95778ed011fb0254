import Foundation

/// Python's `%` and `str.format`.
extension JinjaRenderer {
  /// `format % value`.
  func printf(_ format: String, _ value: JinjaValue) throws -> String {
    var printf = JinjaPrintf(renderer: self, format: Array(format.unicodeScalars), value: value)
    return try printf.result()
  }

  /// `text.format(...)`, for fields without their own format.
  func formatted(_ text: String, _ inputs: JinjaInputs) throws -> String {
    var result = ""
    var rest = text.unicodeScalars[...]
    var next = 0
    while let mark = rest.popFirst() {
      guard mark == "{" || mark == "}" else {
        result.unicodeScalars.append(mark)
        continue
      }
      if rest.first == mark {
        rest.removeFirst()
        result.unicodeScalars.append(mark)
        continue
      }
      guard mark == "{", let end = rest.firstIndex(of: "}") else {
        throw JinjaError("a lone '\(mark)' in a format")
      }
      try append(field(String(rest[..<end]), inputs, &next), to: &result)
      rest = rest[rest.index(after: end)...]
    }
    return result
  }

  private func field(_ field: String, _ inputs: JinjaInputs, _ next: inout Int) throws -> String {
    let parts = JinjaStrings.split(field, "!")
    let name = parts[0]
    guard parts.count == 1 || parts.count == 2 && (parts[1] == "r" || parts[1] == "s") else {
      throw JinjaError("the format '{\(field)}' is not supported")
    }
    let value: JinjaValue
    if name.isEmpty || name.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
      let index = name.isEmpty ? next : Int(name) ?? .max
      if name.isEmpty { next += 1 }
      guard index < inputs.positional.count else {
        throw JinjaError("no argument for '{\(field)}'")
      }
      value = inputs.positional[index]
    } else {
      guard name.unicodeScalars.allSatisfy({ $0 == "_" || $0.properties.isXIDContinue }) else {
        throw JinjaError("the format '{\(field)}' is not supported")
      }
      guard let named = inputs.named.first(where: { $0.name == name }) else {
        throw JinjaError("no argument for '{\(field)}'")
      }
      value = named.value
    }
    return parts.count == 2 && parts[1] == "r" ? try represented(value) : try text(value)
  }
}

/// A string with `%` marks and what replaces them.
private struct JinjaPrintf {
  let renderer: JinjaRenderer
  let format: [Unicode.Scalar]
  let value: JinjaValue
  private var position = 0
  private var used = 0

  /// What stands between `%` and the letter.
  private struct Field {
    var flags: Set<Unicode.Scalar> = []
    var width = 0
    var precision: Int?
    var name: String?
  }

  init(renderer: JinjaRenderer, format: [Unicode.Scalar], value: JinjaValue) {
    self.renderer = renderer
    self.format = format
    self.value = value
  }

  private var arguments: [JinjaValue] {
    if case .array(let array) = value, array.kind == .tuple { return array.items }
    return [value]
  }

  mutating func result() throws -> String {
    var text = ""
    while position < format.count {
      let scalar = format[position]
      position += 1
      if scalar == "%" {
        try renderer.append(replacement(), to: &text)
      } else {
        text.unicodeScalars.append(scalar)
      }
    }
    if case .mapping = value { return text }
    guard used >= arguments.count else { throw JinjaError("'%' has more values than marks") }
    return text
  }

  private mutating func replacement() throws -> String {
    var field = Field()
    if position < format.count, format[position] == "(" {
      guard let end = format[position...].firstIndex(of: ")") else {
        throw JinjaError("a '%' mark does not end")
      }
      field.name = String(scalars: format[position + 1..<end])
      position = end + 1
    }
    while position < format.count, "-+ 0".unicodeScalars.contains(format[position]) {
      field.flags.insert(format[position])
      position += 1
    }
    field.width = try digits() ?? 0
    if position < format.count, format[position] == "." {
      position += 1
      field.precision = try digits() ?? 0
    }
    guard position < format.count else { throw JinjaError("a '%' mark does not end") }
    let letter = format[position]
    position += 1
    return letter == "%" ? "%" : try text(letter, field)
  }

  private mutating func digits() throws -> Int? {
    let start = position
    while position < format.count, ("0"..."9").contains(format[position]) { position += 1 }
    guard position > start else { return nil }
    guard let number = Int(String(scalars: format[start..<position])), number <= 1000 else {
      throw JinjaError("a '%' mark is wider than 1000")
    }
    return number
  }

  private mutating func argument(_ field: Field) throws -> JinjaValue {
    if let name = field.name {
      guard case .mapping(let mapping) = value, let found = mapping[name] else {
        throw JinjaError("no value for '%(\(name))'")
      }
      return found
    }
    let arguments = arguments
    guard used < arguments.count else { throw JinjaError("'%' has fewer values than marks") }
    used += 1
    return arguments[used - 1]
  }

  private mutating func text(_ letter: Unicode.Scalar, _ field: Field) throws -> String {
    let value = try argument(field)
    switch letter {
    case "s", "r":
      let text = letter == "s" ? try renderer.text(value) : try renderer.represented(value)
      let cut = field.precision.map { String(scalars: text.unicodeScalars.prefix($0)) } ?? text
      return JinjaStrings.padded(cut, field.width, " ", field.flags.contains("-") ? .left : .right)
    case "d", "i", "u":
      let whole = try renderer.truncated(renderer.numeric(value, for: "%\(letter)"))
      return number(
        String(whole.magnitude), isNegative: whole < 0, field, digits: field.precision ?? 0)
    case "x", "X", "o":
      guard case .whole(let whole)? = JinjaNumber(value) else {
        throw JinjaError("'%\(letter)' of \(value.kind)")
      }
      let digits = String(whole.magnitude, radix: letter == "o" ? 8 : 16, uppercase: letter == "X")
      return number(digits, isNegative: whole < 0, field, digits: field.precision ?? 0)
    case "f", "F", "e", "E", "g", "G":
      let real = try renderer.numeric(value, for: "%\(letter)").double
      let precision = field.precision ?? 6
      let digits =
        real.isFinite
        ? String(format: "%.\(precision)\(letter)", real.magnitude)
        : JinjaNumbers.text(real.magnitude)
      return number(digits, isNegative: real.sign == .minus && !real.isNaN, field, digits: 0)
    default: throw JinjaError("the mark '%\(letter)' is not supported")
    }
  }

  private func number(
    _ digits: String, isNegative: Bool, _ field: Field, digits least: Int
  ) -> String {
    let sign =
      isNegative ? "-" : field.flags.contains("+") ? "+" : field.flags.contains(" ") ? " " : ""
    var body = JinjaStrings.padded(digits, least, "0", .right)
    if field.flags.contains("-") {
      return JinjaStrings.padded(sign + body, field.width, " ", .left)
    }
    if field.flags.contains("0") {
      body = JinjaStrings.padded(body, field.width - sign.count, "0", .right)
    }
    return JinjaStrings.padded(sign + body, field.width, " ", .right)
  }
}
