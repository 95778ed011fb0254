import Recipes
import Storage

/// What sets a run's stages apart from another's, stage by stage.
public struct StageDifferences {
  public struct Stage {
    public let name: String
    let changes: [KeyDifference]
    /// Input ports that the recipes give other things: `model $first.model -> $base`.
    let respelled: [String: String]

    /// Of the stage's own key; a different seed, or another stage before it, are in here, too.
    public var words: [String] { words { _ in true } }

    /// Neither a seed nor what only follows from an earlier stage.
    func isOwn(_ change: KeyDifference) -> Bool {
      !change.isSeed && (!change.isUpstream || respelled[change.port ?? ""] != nil)
    }

    /// - Parameter text: the text of a change at a port that both recipes spell the same.
    func words(
      where isMeant: (KeyDifference) -> Bool, text: (KeyDifference) -> String = { $0.text }
    ) -> [String] {
      let meant = changes.filter(isMeant)
      let ports = Set(meant.compactMap(\.port)).sorted()
      return meant.filter { respelled[$0.port ?? ""] == nil }.map(text)
        + ports.compactMap { respelled[$0] }
    }
  }

  public let stages: [Stage]
  public let added: [String]
  public let removed: [String]
  private let own: RunContents
  private let other: RunContents

  /// - Parameter seeds: whether what only a seed decides counts.
  public init(of own: RunContents, from other: RunContents, seeds: Bool) {
    (self.own, self.other) = (own, other)
    let (new, old) = seeds ? (own.keys, other.keys) : (own.seedless, other.seedless)
    stages = own.stages.compactMap { stage in
      guard let after = new[stage.name], let before = old[stage.name] else { return nil }
      return Stage(
        name: stage.name, changes: after.changes(from: before),
        respelled: Self.respelled(
          from: other.references[stage.name], to: own.references[stage.name]))
    }
    added = own.stages.map(\.name).filter { old[$0] == nil }
    removed = other.stages.map(\.name).filter { new[$0] == nil }
  }

  private static func respelled(
    from old: [String: String]?, to new: [String: String]?
  ) -> [String: String] {
    guard let old, let new else { return [:] }
    var words: [String: String] = [:]
    for port in Set(old.keys).union(new.keys) where old[port] != new[port] {
      words[port] = "\(port) \(old[port] ?? "nothing") -> \(new[port] ?? "nothing")"
    }
    return words
  }

  /// What makes a metric another measurement.
  func obstacles(_ metric: ComparedMetric) -> [String] {
    guard let stage = stages.first(where: { $0.name == metric.stage }) else { return [] }
    return stage.words(
      where: { isObstacle($0, to: metric) },
      text: { change in
        change.text + (cause(of: change, at: stage.name).map { " (\($0))" } ?? "")
      })
  }

  private func isObstacle(_ change: KeyDifference, to metric: ComparedMetric) -> Bool {
    metric.isTouched(by: change, settings: own.seedless[metric.stage]?.settings ?? [:])
  }

  /// The differences of the recipes, as far as a metric depends on them.
  ///
  /// - Parameters:
  ///   - obstacles: whether to include differences of the measurement.
  ///   - text: the text of a change.
  func recipe(
    measuring metric: ComparedMetric, obstacles: Bool = false,
    text: (KeyDifference) -> String = { $0.text }
  ) -> [String] {
    let relevant = own.relevant(to: metric.stage)
    let before = other.relevant(to: metric.stage)
    let changed = stages.filter { relevant.contains($0.name) }.flatMap { stage in
      stage.words(
        where: { change in
          let isLeftOut =
            !obstacles && stage.name == metric.stage && isObstacle(change, to: metric)
          return stage.isOwn(change) && !isLeftOut
        }, text: text
      ).map { "\(stage.name).\($0)" }
    }
    return changed + added.filter(relevant.contains).map { "+ stage \($0)" }
      + removed.filter(before.contains).map { "- stage \($0)" }
  }

  /// The nearest difference upstream of a port: `rm: max_steps 2 -> 3`.
  private func cause(of change: KeyDifference, at stage: String) -> String? {
    guard change.isUpstream, let port = change.port else { return nil }
    for name in own.upstream(stage, port) {
      guard let before = stages.first(where: { $0.name == name }) else { continue }
      if let words = before.words(where: before.isOwn).first { return "\(name): \(words)" }
      for change in before.changes {
        if let found = cause(of: change, at: name) { return found }
      }
    }
    return nil
  }
}
