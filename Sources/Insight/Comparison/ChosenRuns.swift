import Recipes
import Settings
import Stages
public import Storage
import Workflow

/// The runs that a command line names for a comparison, and the metric that it is about.
public struct ChosenRuns {
  struct Choice {
    let run: RunRecord
    /// Named directly, not as one of a recipe's runs.
    let isNamed: Bool
  }

  /// Newest first.
  let runs: [Choice]
  let selectors: [String]
  /// Runs of a recipe that have not finished, and that no finished run replaces.
  let unfinished: [RunRecord]
  private let store: Store

  /// Each selector is a run, or the name of a recipe, whose finished runs are meant.
  public init(_ selectors: [String], in store: Store) throws {
    self.store = store
    self.selectors = selectors
    let all = try store.runs()
    var chosen: [String: Choice] = [:]
    for selector in selectors {
      let isRun = all.contains { $0.name == selector || $0.id == selector }
      let ofRecipe = all.filter { $0.recipe == selector }
      if !ofRecipe.isEmpty, !isRun || ofRecipe.count > 1 {
        for run in ofRecipe where run.status == .succeeded {
          chosen[run.id] = chosen[run.id] ?? Choice(run: run, isNamed: false)
        }
      } else {
        let run = try store.run(selector: selector)
        chosen[run.id] = Choice(run: run, isNamed: true)
      }
    }
    let runs = all.compactMap { chosen[$0.id] }
    self.runs = runs
    unfinished = all.filter { run in
      selectors.contains(run.recipe) && chosen[run.id] == nil
        && !runs.contains { $0.run.variant == run.variant && $0.run.seed == run.seed }
    }
    guard !runs.isEmpty else {
      throw InsightError(
        .notFound, "no run of \(selectors.joined(separator: ", ")) has finished")
    }
  }

  /// The newest recipe's `compare:` section.
  func comparison() -> ComparisonSpec? {
    runs.lazy.compactMap { choice in
      (try? store.recipe(of: choice.run)).flatMap {
        try? Recipe(json: $0.resolved, catalog: builtInStages.recipes)
      }?.comparison
    }.first
  }

  /// The requested metric, else the recipe's.
  ///
  /// - Throws: `InsightError` for a stage that no run has, and for a metric that its kind does not
  ///   declare and that no run recorded.
  public func metric(_ asked: String?) throws -> ComparedMetric {
    guard let text = asked ?? comparison()?.metric else {
      throw InsightError(
        .usage, "the recipe has no compare: section; say what to compare with --metric STAGE.METRIC"
      )
    }
    guard let (stage, name) = ComparedMetric.parts(text) else {
      throw InsightError(
        .usage, "--metric takes STAGE.METRIC, such as evaluate.pass@1, not '\(text)'")
    }
    let records = try stages(named: stage)
    let kind = records.lazy.compactMap { builtInStages.recipes.kind($0.kind) }.first
    let declared = kind?.metric(name)
    if try records.contains(where: { try store.hasMetric(name, stage: $0.originID) }) {
      return ComparedMetric(stage: stage, name: name, declared: declared)
    }
    let recorded = try Set(records.flatMap { try store.metricNames(stage: $0.originID) })
    throw InsightError(.notFound, Self.absence(text, name, declared, kind, recorded))
  }

  private static func absence(
    _ text: String, _ name: String, _ declared: MetricDescription?, _ kind: KindDescription?,
    _ recorded: Set<String>
  ) -> String {
    if let declared {
      return "no run has recorded \(text) (\(declared.summary.dropLast())); "
        + "its stage has not reached that point, or its settings do not record it"
    }
    let near = nearestMetrics(to: name, among: recorded.sorted())
    let known = near.isEmpty ? recorded.filter { !$0.contains("/") }.sorted() : near
    return "there is no metric \(text)"
      + (known.isEmpty
        ? "" : (near.isEmpty ? "; there are " : "; did you mean ") + known.joined(separator: ", "))
      + "; `regimen list metrics \(kind?.name ?? "KIND")` describes them"
  }

  /// The stage of this name of every run that has it.
  private func stages(named name: String) throws -> [StageRecord] {
    var (found, others): ([StageRecord], Set<String>) = ([], [])
    for choice in runs {
      let stages = try store.stages(run: choice.run.id)
      found += stages.filter { $0.name == name }
      others.formUnion(stages.map(\.name))
    }
    guard found.isEmpty else { return found }
    let near = nearestName(to: name, among: others.sorted())
    throw InsightError(
      .notFound,
      "no run of \(selectors.joined(separator: ", ")) has a stage '\(name)'"
        + (near.map { "; did you mean '\($0)'?" }
          ?? "; there are \(others.sorted().joined(separator: ", "))"))
  }
}
