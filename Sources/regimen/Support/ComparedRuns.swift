import Recipes
import Reports
import Stages
import Storage
import Workflow

/// The runs that a comparison is about, by variant.
struct ComparedRuns {
  private struct Side {
    let label: String
    var runs: [Int: RunRecord] = [:]
  }

  private let store: Store
  private var sides: [Side] = []

  /// Each selector is a run, or the name of a recipe whose newest finished run of each variant and seed
  /// is meant.
  init(_ selectors: [String], in store: Store) throws {
    self.store = store
    let all = try store.runs()
    let recipes = Set(all.map(\.recipe))
    var chosen: [RunRecord] = []
    for selector in selectors {
      let isRun = all.contains { $0.name == selector || $0.id == selector }
      if recipes.contains(selector), !isRun || all.filter({ $0.recipe == selector }).count > 1 {
        var seen: Set<String> = []
        chosen += all.filter {
          $0.recipe == selector && $0.status == .succeeded
            && seen.insert("\($0.variant ?? "")/\($0.seed)").inserted
        }.reversed()
      } else {
        chosen.append(try store.run(selector: selector))
      }
    }
    let several = Set(chosen.map(\.recipe)).count > 1
    for run in chosen { try add(run, named: several) }
    guard sides.count > 1 else {
      throw CommandError(
        .notFound,
        """
        there is nothing to compare with: \(selectors.joined(separator: ", ")) gives runs of \
        \(sides.first.map { "one variant, \($0.label)" } ?? "no variant")
        """)
    }
  }

  private mutating func add(_ run: RunRecord, named: Bool) throws {
    let label = run.variant.map { named ? "\(run.recipe)/\($0)" : $0 } ?? run.recipe
    let place = sides.firstIndex { $0.label == label } ?? sides.count
    if place == sides.count { sides.append(Side(label: label)) }
    if let other = sides[place].runs.updateValue(run, forKey: run.seed), other.id != run.id {
      throw CommandError(
        .usage,
        "\(other.id) and \(run.id) are both \(label) with seed \(run.seed); name one of them")
    }
  }

  private func recipe(_ side: Side) throws -> Recipe? {
    guard let run = side.runs.min(by: { $0.key < $1.key })?.value else { return nil }
    return try Recipe(json: store.recipe(of: run).resolved, catalog: builtInStages.recipes)
  }

  /// The metric that was asked for, else the recipe's.
  func metric(_ asked: String?) throws -> ComparedMetric {
    let text = try asked ?? sides.lazy.compactMap { try recipe($0)?.comparison?.metric }.first
    guard let text else {
      throw CommandError(
        .usage, "the recipe has no compare: section; say what to compare with --metric STAGE.METRIC"
      )
    }
    guard let metric = ComparedMetric(text) else {
      throw CommandError(
        .usage, "--metric takes STAGE.METRIC, such as evaluate.pass@1, not '\(text)'")
    }
    for run in sides.flatMap(\.runs.values) { _ = try store.stage(metric.stage, of: run) }
    return metric
  }

  /// The place of the side that others are compared with.
  func baseline(_ asked: String?) throws -> Int {
    let labels = sides.map(\.label)
    if let asked {
      if let place = labels.firstIndex(of: asked) { return place }
      let run = try? store.run(selector: asked)
      if let run, let place = sides.firstIndex(where: { $0.runs[run.seed]?.id == run.id }) {
        return place
      }
      throw CommandError(
        .notFound, "--baseline \(asked) is none of \(labels.joined(separator: ", "))")
    }
    let named = try sides.lazy.compactMap { try recipe($0)?.comparison?.baseline }.first
    return named.flatMap(labels.firstIndex) ?? 0
  }

  /// The sides with their scores, and what sets each apart from the baseline.
  func contestants(metric: ComparedMetric, baseline: Int) throws -> [Contestant] {
    try sides.enumerated().map { place, side in
      let scores = try side.runs.mapValues {
        try Contestant.Score(store, run: $0, metric: metric)
      }
      guard place != baseline else { return Contestant(label: side.label, scores: scores) }
      let keys = try stageDifferences(of: side, from: sides[baseline])
      return Contestant(
        label: side.label, scores: scores, differences: keys.recipe(measuredBy: metric.stage),
        obstacles: keys.obstacles(metric.stage))
    }
  }

  /// Of the first seeds of either.
  private func stageDifferences(of side: Side, from base: Side) throws -> StageDifferences {
    guard let own = side.runs.min(by: { $0.key < $1.key })?.value,
      let other = base.runs[own.seed] ?? base.runs.min(by: { $0.key < $1.key })?.value
    else { return StageDifferences() }
    return try StageDifferences(store, of: own, from: other)
  }
}
