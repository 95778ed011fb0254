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
      Runs of a variant that differ only in the seed form one side; other runs of the same name \
      are separate sides, labelled by what differs. Items and seeds are paired. The verdict is \
      better, worse or not resolved, at the 5 % level after Holm's correction. For a metric \
      without a better direction it is higher or lower; timings get no verdict. -v shows the score \
      of every run.
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
      Exit with status 11 if a variant is 'worse' than the baseline, or if its mean difference \
      meets a condition, whatever the verdict: '< -0.01'.
      """, valueName: "expr"))
  var failIf: String?
  @Option(help: "The seed of the bootstraps and random signs.") var seed: UInt64 = 0
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
