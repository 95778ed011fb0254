import Recipes
public import Storage

/// The sides of a comparison: runs of one variant whose settings agree but for the seed, as far as the
/// metric depends on them.
public struct ComparedRuns {
  private struct Side {
    /// Of the recipe and variant.
    let name: String
    let identity: String
    var label: String
    var runs: [Int: RunContents] = [:]

    var first: RunContents? { runs.min { $0.key < $1.key }?.value }
  }

  private let store: Store
  private let metric: ComparedMetric
  private let comparison: ComparisonSpec?
  private let titles: [String: String]
  private var sides: [Side] = []
  /// The name of every run, newest first.
  private var names: [String] = []
  /// What a reader has to know about how the sides came about.
  public private(set) var notes: [String] = []

  /// Of runs that were chosen by their recipe's name, the newest of each seed counts.
  public init(_ chosen: ChosenRuns, metric: ComparedMetric, in store: Store) throws {
    self.store = store
    self.metric = metric
    comparison = chosen.comparison()
    titles = try Self.titles(store)
    let several = Set(chosen.runs.map(\.run.recipe)).count > 1
    for choice in chosen.runs { try add(choice, named: several) }
    notes += chosen.unfinished.map {
      "\(title($0)) (seed \($0.seed)) is left out, since it has not finished: \($0.status.word)"
    }
    try arrange()
    guard sides.count > 1 else {
      throw InsightError(
        .notFound,
        """
        there is nothing to compare with: \(chosen.selectors.joined(separator: ", ")) gives runs of \
        \(sides.first.map { "one variant, \($0.label)" } ?? "no variant")
        """)
    }
  }

  /// Names of runs, or their ids where a newer run has the same name.
  private static func titles(_ store: Store) throws -> [String: String] {
    var seen: Set<String> = []
    let runs = try store.runs()
    return Dictionary(
      runs.map { ($0.id, seen.insert($0.name).inserted ? $0.name : $0.id) }
    ) { first, _ in first }
  }

  private mutating func add(_ choice: ChosenRuns.Choice, named: Bool) throws {
    let run = choice.run
    let contents = try RunContents(store, run)
    let name = run.variant.map { named ? "\(run.recipe)/\($0)" : $0 } ?? run.recipe
    let identity = contents.identity(at: metric.stage)
    names.append(name)
    let relevant = contents.relevant(to: metric.stage)
    if let stage = contents.stages.first(where: { $0.tainted && relevant.contains($0.name) }) {
      notes.append(
        "\(title(run)) (seed \(run.seed)): a file that \(stage.name) reads changed while it ran, "
          + "so its settings may not describe its data")
    }
    let place =
      sides.firstIndex { $0.name == name && $0.identity == identity } ?? sides.count
    if place == sides.count {
      sides.append(Side(name: name, identity: identity, label: name))
    }
    guard let newer = sides[place].runs[run.seed] else {
      sides[place].runs[run.seed] = contents
      return
    }
    if choice.isNamed {
      throw InsightError(
        .usage,
        "\(newer.run.id) and \(run.id) are both \(name) with seed \(run.seed); name one of them")
    }
    if newer.keys[metric.stage] != contents.keys[metric.stage] {
      notes.append(
        "\(name): \(title(run)) (seed \(run.seed)) is left out, since its rows were reviewed "
          + "differently from those of \(title(newer.run))")
    }
  }

  /// The order in which variants were first run. Of sides under one name, the recipe as its file had it, not
  /// a trial with -S, has the plain name and stands first, of several the one with the most seeds; others
  /// say what sets them apart.
  private mutating func arrange() throws {
    var arranged: [Side] = []
    for name in names.reversed() where !arranged.contains(where: { $0.name == name }) {
      var own = sides.filter { $0.name == name }
      let ranks = try own.map { (try isAsWritten($0) ? 1 : 0, $0.runs.count) }
      let main =
        own.indices.max { (ranks[$0].0, ranks[$0].1, -$0) < (ranks[$1].0, ranks[$1].1, -$1) } ?? 0
      own.swapAt(0, main)
      for place in own.indices.dropFirst() { tellApart(&own, place) }
      arranged += own
    }
    sides = arranged
  }

  /// Whether none of a side's runs had overrides.
  private func isAsWritten(_ side: Side) throws -> Bool {
    try side.runs.values.allSatisfy { try store.recipe(of: $0.run).overrides.isEmpty }
  }

  private mutating func tellApart(_ own: inout [Side], _ place: Int) {
    guard let plain = own[0].first, let run = own[place].first else { return }
    let differences = StageDifferences(of: run, from: plain, seeds: false)
    let all = differences.recipe(measuring: metric, obstacles: true)
    let brief = differences.recipe(measuring: metric, obstacles: true) { $0.newText }
    let words = brief.first.map { brief.count > 1 ? "\($0), and more" : $0 } ?? title(run.run)
    let label = "\(own[0].name) (\(words))"
    let isTaken = own.contains { $0.label == label }
    own[place].label = isTaken ? "\(own[0].name) (\(words), \(title(run.run)))" : label
    let runs = own[place].runs.sorted { $0.key < $1.key }
      .map { "\(title($0.value.run)) (seed \($0.key))" }.joined(separator: ", ")
    let verb = own[place].runs.count == 1 ? "is a separate side" : "are a separate side"
    notes.append(
      "\(runs) \(verb), apart from the other runs called \(own[0].name): "
        + (all.isEmpty ? "a stage that was taken over differs" : all.joined(separator: "; ")))
  }

  private func title(_ run: RunRecord) -> String { titles[run.id] ?? run.id }

  /// The place of the side that others are compared with.
  public func baseline(_ asked: String?) throws -> Int {
    let labels = sides.map(\.label)
    if let asked {
      if let place = labels.firstIndex(of: asked) { return place }
      let run = try? store.run(selector: asked)
      if let run, let place = sides.firstIndex(where: { $0.runs[run.seed]?.run.id == run.id }) {
        return place
      }
      throw InsightError(
        .notFound, "--baseline \(asked) is not one of \(labels.joined(separator: ", "))")
    }
    return comparison?.baseline.flatMap(labels.firstIndex) ?? 0
  }

  /// Without a value where the run does not have the stage.
  private func score(_ contents: RunContents) throws -> Contestant.Score {
    let (run, title) = (contents.run, title(contents.run))
    return contents.keys[metric.stage] == nil
      ? Contestant.Score(run: run.id, title: title, value: nil)
      : try Contestant.Score(store, run: run, title: title, metric: metric)
  }

  /// The sides with their scores, and what sets each apart from the baseline.
  public func contestants(baseline: Int) throws -> [Contestant] {
    try sides.enumerated().map { place, side in
      let scores = try side.runs.mapValues { try score($0) }
      guard place != baseline, let own = side.first,
        let base = sides[baseline].runs[own.run.seed] ?? sides[baseline].first
      else { return Contestant(label: side.label, scores: scores) }
      let differences = StageDifferences(of: own, from: base, seeds: false)
      return Contestant(
        label: side.label, scores: scores, differences: differences.recipe(measuring: metric),
        obstacles: differences.obstacles(metric))
    }
  }
}
