public import Settings

/// Tables of fields for docs/recipes.md, in Markdown.
public enum FieldTable {
  /// A kind: its sentence, its inputs and outputs, its fields.
  public static func markdown(_ kind: KindDescription) -> String {
    var parts = ["### \(kind.name)", kind.summary]
    let inputs = kind.inputs.map { port in
      let notes = (port.required ? [] : ["optional"]) + (port.multiple ? ["one or several"] : [])
      let type = ([port.type.rawValue] + notes).joined(separator: ", ")
      return ["`\(port.name)`", "\(type)", port.summary]
    }
    if !inputs.isEmpty { parts.append(table(["input", "type", "what it is"], inputs)) }
    let outputs = kind.outputs.map { ["`\($0.name)`", $0.type.rawValue, $0.summary] }
    if !outputs.isEmpty { parts.append(table(["output", "type", "what it is"], outputs)) }
    if !kind.fields.isEmpty { parts.append(markdown(kind.fields)) }
    return parts.joined(separator: "\n\n") + "\n"
  }

  /// One row a field.
  public static func markdown(_ fields: [FieldDescription]) -> String {
    table(titles, rows(fields))
  }

  /// The columns of a table of fields.
  public static let titles = [
    "field", "type", "default", "range, unit", "affects results", "what it does",
  ]

  /// One row of cells per field, with the keys of a record below it; names and values are in
  /// backticks.
  public static func rows(_ fields: [FieldDescription]) -> [[String]] {
    fields.flatMap { rows($0, name: $0.name) }
  }

  private static func rows(_ field: FieldDescription, name: String) -> [[String]] {
    let range = [field.rangeWords, field.unit].compactMap(\.self).joined(separator: ", ")
    let row = [
      "`\(name)`", field.type.tableWords, defaultWords(field), range,
      field.affectsOutput ? "yes" : "no", field.summary,
    ]
    guard let (keys, mark) = field.type.recordKeys else { return [row] }
    return [row] + keys.flatMap { rows($0, name: "\(name)\(mark).\($0.name)") }
  }

  private static func defaultWords(_ field: FieldDescription) -> String {
    if field.defaultValue == .null { return "none" }
    return "`\(YAMLWriter.text(field.defaultValue))`"
  }

  private static func table(_ titles: [String], _ rows: [[String]]) -> String {
    let lines = [titles, titles.map { _ in "---" }] + rows
    return lines.map { cells in
      let escaped = cells.map {
        $0.replacing("|", with: "\\|").split(whereSeparator: \.isNewline).joined(separator: " ")
      }
      return "| " + escaped.joined(separator: " | ") + " |"
    }.joined(separator: "\n")
  }
}

extension FieldType {
  /// The keys of a record, or of the records in a list, and the text between its name and theirs.
  fileprivate var recordKeys: ([FieldDescription], mark: String)? {
    switch self {
    case .record(let fields, _): (fields, "")
    case .list(let inner): inner.recordKeys.map { ($0.0, "[]" + $0.mark) }
    case .optional(let inner): inner.recordKeys
    default: nil
    }
  }

  fileprivate var tableWords: String {
    switch self {
    case .boolean: "true or false"
    case .integer: "integer"
    case .number: "number"
    case .string: "string"
    case .path: "path"
    case .argument: "word or path"
    case .record:
      (bareType.map { "\($0.tableWords) or " } ?? "") + "map"
    case .choice(let words): words.map { "`\($0)`" }.joined(separator: ", ")
    case .list(let inner): "list of \(inner.tableWords)"
    case .map(let inner): "map to \(inner.tableWords)"
    case .optional(let inner): "\(inner.tableWords), or null"
    }
  }
}
