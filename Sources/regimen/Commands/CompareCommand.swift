public import ArgumentParser
import Foundation
public import Insight
import Recipes
import Storage

struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Compares variants of a recipe on one metric, over their seeds.",
    discussion: """
      Runs of one variant whose settings agree but for the seed count as one side; others under the \
      same name are sides of their own, and what sets them apart is said. Items are paired, and so \
      are seeds; the verdict is better, worse or not resolved, at the 5 % level after Holm's \
      correction. Where more is neither better nor worse, it is higher or lower; timings are not \
      judged. -v shows the score of every run.
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
  @Flag(help: "The same as --format json.") var json = false
  @Option(
    help: ArgumentHelp(
      """
      Exit with status 11 when a variant is 'worse' than the baseline, or when its mean difference, \
      whatever the verdict, is so: '< -0.01'.
      """, valueName: "expr"))
  var failIf: String?
  @Option(help: "Of the bootstraps and random signs.") var seed: UInt64 = 0
  @OptionGroup var global: GlobalOptions

  func validate() throws {
    if let failIf, FailCondition(failIf) == nil {
      throw ValidationError(
        "--fail-if takes 'worse', or <, <=, > or >= and a number, such as '< -0.01'.")
    }
  }

  func run() throws {
    let store = try global.store()
    let chosen = try ChosenRuns(selectors, in: store)
    let metric = try chosen.metric(metric)
    let condition = failIf.flatMap(FailCondition.init)
    try condition?.check(metric)
    let sides = try ComparedRuns(chosen, metric: metric, in: store)
    let baseline = try sides.baseline(baseline)
    let comparison = Comparison(
      try sides.contestants(baseline: baseline), metric: metric, baseline: baseline,
      notes: sides.notes, seed: seed)
    Output.line(
      comparison.text(json ? .json : format, width: Output.width, scores: global.verbose))
    guard let condition else { return }
    for words in condition.unjudged(comparison) { global.console.warning(words) }
    let findings = condition.findings(comparison)
    for words in findings { global.console.note(words) }
    if !findings.isEmpty { throw ExitStatus.conditionHolds.exitCode }
  }
}

extension Comparison.Format: ExpressibleByArgument {}
