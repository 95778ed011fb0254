public import ArgumentParser
import Foundation
import Recipes
public import Reports
import Statistics
import Storage

struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Compares variants of a recipe on one metric, over their seeds.",
    discussion: """
      Runs of one variant with several seeds count as one side. Items are paired, and so are seeds; \
      the verdict is better, worse or not resolved, at the 5 % level after Holm's correction.
      """)

  @Argument(
    help: ArgumentHelp(
      "Runs (id, unique prefix, name, @last), or names of recipes: all their finished runs.",
      valueName: "run"))
  var selectors: [String]
  @Option(
    help: "The variant to compare with (default: the recipe's compare.baseline, or the first).")
  var baseline: String?
  @Option(help: "STAGE.METRIC, such as evaluate.pass@1 (default: the recipe's compare.metric).")
  var metric: String?
  @Option(help: "table, md, csv or json.") var format = Comparison.Format.table
  @Option(
    help: ArgumentHelp(
      "Exit with status 11 when a variant's difference is so, as '< -0.01'.", valueName: "expr"))
  var failIf: String?
  @Option(help: "Of the bootstraps and random signs.") var seed: UInt64 = 0
  @OptionGroup var global: GlobalOptions

  func validate() throws {
    if let failIf, Condition(failIf) == nil {
      throw ValidationError("--fail-if takes <, <=, > or >= and a number, such as '< -0.01'.")
    }
  }

  func run() throws {
    let store = try global.store()
    let sides = try ComparedRuns(selectors, in: store)
    let metric = try sides.metric(metric)
    let baseline = try sides.baseline(baseline)
    let comparison = Comparison(
      try sides.contestants(metric: metric, baseline: baseline), metric: metric,
      baseline: baseline, seed: seed)
    Output.line(comparison.text(format))
    if let condition = failIf.flatMap(Condition.init),
      comparison.lines.contains(where: { $0.difference.map { condition.holds($0.mean) } ?? false })
    {
      throw ExitStatus.conditionHolds.exitCode
    }
  }
}

extension Comparison.Format: ExpressibleByArgument {}

/// `< -0.01`, with or without a name in front.
struct Condition {
  private let comparison: MetricCondition.Comparison
  private let limit: Double

  init?(_ text: String) {
    guard let match = text.wholeMatch(of: /[^<>=]*(<=|>=|<|>)\s*([-+0-9.eE]+)\s*/),
      let comparison = MetricCondition.Comparison(rawValue: String(match.1)),
      let limit = Double(match.2)
    else { return nil }
    (self.comparison, self.limit) = (comparison, limit)
  }

  func holds(_ value: Double) -> Bool { comparison.holds(value, limit) }
}
