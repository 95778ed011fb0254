public import Foundation

/// How a value is written: blanks, lines, the order of keys, escapes.
public struct JSONStyle: Sendable {
  let escapes: JSONEscapes
  /// What stands between members, and between a key and its value, of a value on one line.
  var comma = ","
  var colon = ":"
  /// With a line for each member, two blanks of indentation a level.
  var hasLines = false
  /// Lists of at most two values that are not lists or objects stay on one line.
  var keepsPairs = false
  /// With keys sorted by their UTF-16 code units.
  var sortsKeys = false

  /// A file as transformers writes it: keys in their order, a line for each member.
  public static let file = JSONStyle(escapes: .file, hasLines: true, keepsPairs: true)
  /// A file's value on one line.
  public static let fileLine = JSONStyle(escapes: .file)
  /// A row of data.
  public static let line = JSONStyle(escapes: .line, comma: ", ", colon: ": ")
  /// A row of data without blanks.
  public static let compactLine = JSONStyle(escapes: .line)
  /// What commands print.
  public static let report = JSONStyle(escapes: .report)
  /// RFC 8785 (JSON Canonicalization Scheme), where numbers are spelled as it says.
  public static let canonical = JSONStyle(escapes: .canonical, sortsKeys: true)
  /// The same with a line for each member.
  public static let canonicalLines = JSONStyle(
    escapes: .canonical, hasLines: true, sortsKeys: true)
}

extension JSONValue {
  /// Appends the JSON text of the value; numbers keep their spelling.
  public func write(into text: inout String, _ style: JSONStyle) {
    write(into: &text, style, indentation: style.hasLines ? 0 : nil)
  }

  /// A row of data on one line, keys in their order.
  ///
  /// - Parameter compact: without spaces behind commas and colons.
  public func write(into text: inout String, compact: Bool = false) {
    write(into: &text, compact ? .compactLine : .line)
  }

  /// The JSON text of the value.
  public func written(_ style: JSONStyle) -> String {
    var text = ""
    write(into: &text, style)
    return text
  }

  /// The value of a model's file on one line.
  public var line: String { written(.fileLine) }

  /// The bytes of a model's file: `JSONStyle.file` and a line end.
  public var data: Data { Data((written(.file) + "\n").utf8) }

  /// - Parameter indentation: of the value's line; nil keeps all of it on one line.
  private func write(into text: inout String, _ style: JSONStyle, indentation: Int?) {
    switch self {
    case .null: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .number(let spelling), .verbatim(let spelling): text += spelling
    case .string(let string): style.escapes.quote(string, to: &text)
    case .array(let values):
      let isPair = style.keepsPairs && values.count <= 2 && values.allSatisfy(\.isAtom)
      Self.list("[", "]", values, to: &text, style, isPair ? nil : indentation) {
        $0.write(into: &$1, style, indentation: $2)
      }
    case .object(let object):
      let members =
        style.sortsKeys
        ? object.members.sorted { $0.key.utf16.lexicographicallyPrecedes($1.key.utf16) }
        : object.members
      Self.list("{", "}", members, to: &text, style, indentation) { member, text, inner in
        style.escapes.quote(member.key, to: &text)
        text += inner == nil ? style.colon : ": "
        member.value.write(into: &text, style, indentation: inner)
      }
    }
  }

  private var isAtom: Bool {
    switch self {
    case .array, .object: false
    case .null, .bool, .number, .string, .verbatim: true
    }
  }

  private static func list<Element>(
    _ open: String, _ close: String, _ elements: [Element], to text: inout String,
    _ style: JSONStyle, _ indentation: Int?, _ write: (Element, inout String, Int?) -> Void
  ) {
    text += open
    let inner = indentation.map { $0 + 2 }
    for (index, element) in elements.enumerated() {
      if index > 0 { text += inner == nil ? style.comma : "," }
      if let inner { text += "\n" + String(repeating: " ", count: inner) }
      write(element, &text, inner)
    }
    if let indentation, !elements.isEmpty {
      text += "\n" + String(repeating: " ", count: indentation)
    }
    text += close
  }
}
