/// Columns of a file put together, as a field map writes them: `{instruction}\n\n{input}`.
///
/// A column that a row lacks, or has null or empty, takes the text before it with it, the first one
/// the text behind it.
struct JoinedColumns: Sendable, Hashable {
  private struct Part: Sendable, Hashable {
    /// What stands before the column.
    let text: String
    let column: String
  }

  private let parts: [Part]
  private let end: String

  /// nil for a text without a column in braces, which is a key.
  init?(_ text: String) {
    var parts: [Part] = []
    var literal = ""
    var rest = text[...]
    while let open = rest.firstIndex(of: "{") {
      let name = rest[rest.index(after: open)...].prefix { !"{}\n".contains($0) }
      literal += rest[..<open]
      if !name.isEmpty, name.endIndex < rest.endIndex, rest[name.endIndex] == "}" {
        parts.append(Part(text: literal, column: String(name)))
        literal = ""
        rest = rest[rest.index(after: name.endIndex)...]
      } else {
        literal += "{"
        rest = rest[rest.index(after: open)...]
      }
    }
    guard !parts.isEmpty else { return nil }
    self.parts = parts
    end = literal + rest
  }

  var columns: [String] { parts.map(\.column) }

  /// The columns of a row in one text; nil when it has none of them.
  func text(of record: Record) throws -> String? {
    guard columns.contains(where: record.has) else { return nil }
    var text = ""
    for (index, part) in parts.enumerated() {
      let value = try record.optionalScalar(part.column) ?? ""
      if value.isEmpty { continue }
      // Before the first column that has something stands only what the recipe writes there.
      if index == 0 || !text.isEmpty { text += part.text }
      text += value
    }
    return text + end
  }
}
