import JSON
import Recipes
import Settings

/// Declared metrics as tables and as JSON.
enum MetricTable {
  private static let titles = ["metric", "better", "unit", "what it is"]

  private static func row(_ metric: MetricDescription) -> [String] {
    let unit = metric.unit ?? (metric.isShare ? "share" : "")
    let better = metric.isTiming ? "cost" : metric.better == .neither ? "" : metric.better.rawValue
    let sets = metric.isPerDataset ? " Also of each dataset, as `DATASET/\(metric.name)`." : ""
    return [
      "`\(metric.name)`", better, unit,
      (metric.summary + sets).split(whereSeparator: \.isNewline).joined(separator: " "),
    ]
  }

  static func text(_ metrics: [MetricDescription]) -> String {
    var table = TextTable(titles.map { .init($0) })
    for metric in metrics { table.add(row(metric).map { $0.filter { $0 != "`" } }) }
    return table.render()
  }

  static func markdown(_ metrics: [MetricDescription]) -> String {
    let rows = [titles, titles.map { _ in "---" }] + metrics.map(row)
    return rows.map { "| " + $0.joined(separator: " | ") + " |" }.joined(separator: "\n")
  }

  static func json(_ metric: MetricDescription) -> JSONValue {
    .object([
      ("name", .string(metric.name)), ("better", .string(metric.better.rawValue)),
      ("is_share", .bool(metric.isShare)), ("is_timing", .bool(metric.isTiming)),
      ("per_dataset", .bool(metric.isPerDataset)), ("unit", .optional(metric.unit)),
      ("summary", .string(metric.summary)),
    ])
  }
}
