import JSON
import Recipes
import Settings
import Statistics

/// A comparison as a table, as Markdown, as CSV and as JSON.
extension Comparison {
  public enum Format: String, Sendable, CaseIterable {
    case table, md, csv, json
  }

  /// - Parameters:
  ///   - width: of the terminal, in columns; a table that does not fit lists differences below it.
  ///   - scores: whether the table is followed by every run's score.
  public func text(_ format: Format, width: Int = .max, scores: Bool = false) -> String {
    switch format {
    case .table: tableText(width: width, scores: scores)
    case .md:
      ([markdown, ""] + (members(scores: scores) + resolutions + warnings).map { "- \($0)" })
        .joined(separator: "\n")
    case .csv: csv
    case .json: json.written(.report)
    }
  }

  /// What a reader has to know before believing a verdict.
  public var warnings: [String] {
    var words = notes
    for line in lines {
      let contestant = line.contestant
      words += contestant.obstacles.map { "\(contestant.label): not comparable, since \($0)" }
      if contestant.scores.count == 1, line.score != nil {
        words.append(
          "\(contestant.label) has one training seed: its interval covers only evaluation noise")
      }
      if line.score == nil { words.append("\(contestant.label) has no \(metric.text) yet") }
      if line.droppedItems > 0 {
        words.append(
          "\(contestant.label): \(line.sharedItems) items are in all runs; \(line.droppedItems) "
            + "are only in some and are left out")
      }
      if line.verdict == .notResolved, line.sharedSeeds.count < contestant.scores.count {
        words.append(
          "\(contestant.label): only seeds \(line.sharedSeeds) are also in the baseline")
      }
    }
    let tests = lines.count { $0.difference != nil }
    if metric.declared.isTiming, tests > 0 {
      words.append(
        "\(metric.text) measures time: it depends on the machine and its load and gets no verdict")
    }
    if tests > 1 { words.append("\(tests) variants were tested; p is corrected for that (Holm)") }
    return words
  }

  private func tableText(width: Int, scores: Bool) -> String {
    let whole = table.render()
    let fits = whole.split(separator: "\n").allSatisfy { displayWidth(String($0)) <= width }
    let differences =
      fits
      ? []
      : lines.filter { !$0.contestant.differences.isEmpty }.map {
        "\($0.contestant.label) differs in \($0.contestant.differences.joined(separator: "; "))"
      }
    return
      ([fits ? whole : table(withDifferences: false).render()] + differences
      + members(scores: scores) + resolutions + warnings.map { "! \($0)" })
      .joined(separator: "\n")
  }

  /// The runs of each side: `fast: runs pair-fast-1 (seed 1), pair-fast-2 (seed 2)`.
  private func members(scores: Bool) -> [String] {
    lines.map { line in
      let contestant = line.contestant
      let runs = contestant.seeds.compactMap { seed in
        contestant.scores[seed].map { score in
          let value = scores ? ": \(score.value.map(number) ?? "-")" : ""
          return "\(score.title) (seed \(seed)\(value))"
        }
      }
      return "\(contestant.label): \(runs.count == 1 ? "run" : "runs") "
        + runs.joined(separator: ", ")
    }
  }

  /// What it would take to see a difference where none was seen.
  private var resolutions: [String] {
    lines.compactMap { line in
      guard line.verdict == .notResolved else { return nil }
      return "\(line.contestant.label): not resolved: \(resolution(line))"
    }
  }

  private func resolution(_ line: Line) -> String {
    let seeds = line.sharedSeeds.count
    guard let difference = line.difference else {
      return seeds == 0
        ? "no seed in common with \(baseline)"
        : "a metric without items needs two seeds in common with \(baseline)"
    }
    guard difference.minimumDetectable > 0 else { return "no difference at any of \(seeds) seeds" }
    let size = seeds > 1 ? "\(seeds) seeds" : "\(line.sharedItems) items of one seed"
    let more = line.seedsNeeded.map { "; about \($0) seeds would resolve this one" } ?? ""
    // Shares differ by no more than 100 %.
    guard !metric.declared.isShare || difference.minimumDetectable <= 1 else {
      return "\(size) are too few to show any difference\(more)"
    }
    return
      "\(size) could show a difference of \(number(difference.minimumDetectable)) or more\(more)"
  }

  private var table: TextTable { table(withDifferences: true) }

  private func table(withDifferences: Bool) -> TextTable {
    let columns: [TextTable.Column] = [
      "variant", "differs in", .right("seeds"), .init(metric.text),
      "difference from \(baseline)", .right("p"), "verdict",
    ]
    func kept<Cell>(_ cells: [Cell]) -> [Cell] {
      withDifferences ? cells : Array(cells[..<1] + cells[2...])
    }
    var table = TextTable(kept(columns))
    for line in lines { table.add(kept(cells(line))) }
    return table
  }

  private var markdown: String {
    func row(_ cells: [String]) -> String {
      "| " + cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |"
    }
    let titles = table.columns.map(\.title)
    return
      ([row(titles), "|" + String(repeating: "---|", count: titles.count)]
      + table.rows.map(row)).joined(separator: "\n")
  }

  private func cells(_ line: Line) -> [String] {
    [
      line.contestant.label, line.contestant.differences.joined(separator: "; "),
      "\(line.contestant.scores.count)",
      line.score.map { interval($0.value, $0.low, $0.high, signed: false) } ?? "-",
      line.difference.map { interval($0.mean, $0.low, $0.high, signed: true) } ?? "",
      line.pValue.map(Self.pText) ?? "", line.verdict?.rawValue ?? "",
    ]
  }

  static func pText(_ p: Double) -> String { p < 0.001 ? "< 0.001" : Quantity.number(p) }

  /// Shares as percentages, other metrics with four digits.
  private func number(_ value: Double) -> String {
    metric.declared.isShare ? Quantity.percent(value) : Quantity.number(value)
  }

  private func interval(_ value: Double, _ low: Double?, _ high: Double?, signed: Bool) -> String {
    func part(_ value: Double) -> String {
      let text = metric.declared.isShare ? Quantity.percentNumber(value) : Quantity.number(value)
      return signed && value >= 0 ? "+\(text)" : text
    }
    guard let low, let high else { return part(value) }
    return "\(part(value)) [\(part(low)), \(part(high))]"
  }

  private var csv: String {
    let titles = [
      "variant", "seeds", "score", "low", "high", "difference", "difference_low",
      "difference_high", "p", "p_holm", "method", "verdict",
    ]
    func text(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }
    let rows = lines.map { line in
      let difference = line.difference
      return [
        Self.quoted(line.contestant.label), "\(line.contestant.scores.count)",
        text(line.score?.value), text(line.score?.low), text(line.score?.high),
        text(difference?.mean), text(difference?.low), text(difference?.high),
        text(difference?.pValue), text(line.pValue), difference?.method.rawValue ?? "",
        line.verdict?.rawValue ?? "",
      ].joined(separator: ",")
    }
    return ([titles.joined(separator: ",")] + rows).joined(separator: "\n")
  }

  /// RFC 4180.
  private static func quoted(_ text: String) -> String {
    text.contains { ",\"\n".contains($0) }
      ? "\"" + text.replacing("\"", with: "\"\"") + "\"" : text
  }

  private var json: JSONValue {
    .object([
      ("metric", .string(metric.text)), ("better", .string(metric.declared.better.rawValue)),
      ("is_share", .bool(metric.declared.isShare)), ("unit", .optional(metric.declared.unit)),
      ("baseline", .string(baseline)), ("alpha", .double(alpha)),
      ("variants", .array(lines.map(document))), ("warnings", .array(warnings.map { .string($0) })),
    ])
  }

  private func document(_ line: Line) -> JSONValue {
    let contestant = line.contestant
    let seeds = contestant.seeds.compactMap { seed in
      contestant.scores[seed].map { score in
        JSONValue.object([
          ("seed", .int(seed)), ("run", .string(score.run)), ("name", .string(score.title)),
          ("value", .optional(score.value)),
        ])
      }
    }
    return .object([
      ("variant", .string(contestant.label)),
      ("differs_in", .array(contestant.differences.map { .string($0) })),
      ("not_comparable_since", .array(contestant.obstacles.map { .string($0) })),
      ("seeds", .array(seeds)),
      ("score", .optional(line.score?.value)), ("low", .optional(line.score?.low)),
      ("high", .optional(line.score?.high)), ("method", .optional(line.score?.method)),
      ("difference", line.difference.map { document($0, of: line) } ?? .null),
      ("verdict", .optional(line.verdict?.rawValue)),
    ])
  }

  private func document(_ difference: PairedDifference, of line: Line) -> JSONValue {
    .object([
      ("mean", .double(difference.mean)), ("low", .double(difference.low)),
      ("high", .double(difference.high)), ("p", .double(difference.pValue)),
      ("p_holm", .optional(line.pValue)), ("method", .string(difference.method.rawValue)),
      ("standard_error", .double(difference.standardError)),
      ("degrees_of_freedom", .double(difference.degrees)),
      ("minimum_detectable", .double(difference.minimumDetectable)),
      ("seeds", .array(line.sharedSeeds.map { .int($0) })), ("items", .int(line.sharedItems)),
      ("items_dropped", .int(line.droppedItems)), ("seeds_needed", .optional(line.seedsNeeded)),
    ])
  }
}
