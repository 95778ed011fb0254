import Foundation

/// A JSON value that keeps what a rewritten file must keep: the order of keys, numbers as written.
///
/// Strings compare by bytes where it matters here: Swift's `==` takes canonically equivalent text
/// for equal, and a vocabulary may hold both.
enum JSON: Sendable {
  case null
  case bool(Bool)
  case number(String)
  case string(String)
  case array([JSON])
  case object([(key: String, value: JSON)])

  static func int(_ value: Int) -> JSON { .number(String(value)) }
  static func double(_ value: Double) -> JSON { .number(String(value)) }

  /// The value under `key`; nil too when it is null, or when this is no object.
  subscript(key: String) -> JSON? {
    guard case .object(let members) = self,
      let value = members.first(where: { $0.key.utf8.elementsEqual(key.utf8) })?.value
    else { return nil }
    if case .null = value { return nil }
    return value
  }

  var string: String? { if case .string(let text) = self { text } else { nil } }
  var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
  var array: [JSON]? { if case .array(let values) = self { values } else { nil } }
  var object: [(key: String, value: JSON)]? {
    if case .object(let members) = self { members } else { nil }
  }

  var double: Double? { if case .number(let text) = self { Double(text) } else { nil } }

  /// The number if it is whole and fits.
  var int: Int? {
    guard case .number(let text) = self else { return nil }
    return Int(text) ?? Double(text).flatMap { Int(exactly: $0) }
  }

  /// This object with `key` set, in its place or at the end; nil removes it.
  func setting(_ key: String, _ value: JSON?) -> JSON {
    guard case .object(var members) = self else { return self }
    let place = members.firstIndex { $0.key.utf8.elementsEqual(key.utf8) }
    switch (place, value) {
    case (let place?, let value?): members[place].value = value
    case (let place?, nil): members.remove(at: place)
    case (nil, let value?): members.append((key, value))
    case (nil, nil): break
    }
    return .object(members)
  }
}

extension JSON {
  /// The file's bytes: two spaces a level, pairs on one line, keys as they are ordered, a newline at
  /// the end.
  var data: Data {
    var text = ""
    write(to: &text, indent: "")
    return Data((text + "\n").utf8)
  }

  /// The value on one line.
  var line: String {
    var text = ""
    write(to: &text, indent: nil)
    return text
  }

  private func write(to text: inout String, indent: String?) {
    switch self {
    case .null: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .number(let number): text += number
    case .string(let string): Self.write(string, to: &text)
    case .array(let values):
      let isShort = values.count <= 2 && values.allSatisfy { $0.array == nil && $0.object == nil }
      Self.list("[", "]", values, to: &text, isShort ? nil : indent) { value, text, inner in
        value.write(to: &text, indent: inner)
      }
    case .object(let members):
      Self.list("{", "}", members, to: &text, indent) { member, text, inner in
        Self.write(member.key, to: &text)
        text += inner == nil ? ":" : ": "
        member.value.write(to: &text, indent: inner)
      }
    }
  }

  private static func list<Element>(
    _ open: String, _ close: String, _ elements: [Element], to text: inout String,
    _ indent: String?, _ write: (Element, inout String, String?) -> Void
  ) {
    text += open
    let inner = indent.map { $0 + "  " }
    for (index, element) in elements.enumerated() {
      if index > 0 { text += "," }
      if let inner { text += "\n" + inner }
      write(element, &text, inner)
    }
    if let indent, !elements.isEmpty { text += "\n" + indent }
    text += close
  }

  private static func write(_ string: String, to text: inout String) {
    text += "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case "\u{0}"..<" ":
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }
}
