public import Recipes
public import Settings
public import Storage
import Trace

/// What is compared: a metric of a stage, spelt `evaluate.pass@1`.
public struct ComparedMetric: Sendable, Equatable {
  public let stage: String
  public let name: String
  /// What the stage's kind declares of it.
  public let declared: MetricDescription

  /// - Parameter declared: nil for a metric that the kind does not declare; it is then neither a share
  ///   nor better in one direction.
  public init(stage: String, name: String, declared: MetricDescription? = nil) {
    self.stage = stage
    self.name = name
    self.declared =
      declared
      ?? MetricDescription(
        name, basis: .everything(but: ["model"]), "Recorded by another version of the program.")
  }

  /// The stage and the name; nil for text of another form.
  public static func parts(_ text: String) -> (stage: String, name: String)? {
    guard let dot = text.firstIndex(of: ".") else { return nil }
    let (stage, name) = (String(text[..<dot]), String(text[text.index(after: dot)...]))
    return stage.isEmpty || name.isEmpty ? nil : (stage, name)
  }

  public var text: String { "\(stage).\(name)" }

  /// Whether it is a mean of the scores of single items; items of one dataset are not
  /// distinguished.
  var hasItems: Bool { declared.hasItems && declared.name == name }

  /// Whether a difference between the keys of two stages makes it another measurement.
  ///
  /// - Parameter settings: the newer key's.
  public func isTouched(
    by difference: KeyDifference, settings: [String: ConfigValue]
  ) -> Bool {
    declared.basis.isTouched(
      by: difference, reward: declared.words(in: name)?["reward"], settings: settings)
  }
}

extension Contestant.Score {
  /// What a run's live rows say of the metric: its last value, of a timing the mean over its steps.
  ///
  /// - Parameter title: what the run is called in reports.
  public init(_ store: Store, run: RunRecord, title: String, metric: ComparedMetric) throws {
    func values(_ name: String) throws -> [Double] {
      try store.metrics(run: run.id, stage: metric.stage, name: name).compactMap(\.value)
    }
    let all = try values(metric.name)
    let mean = all.isEmpty ? nil : all.reduce(0, +) / Double(all.count)
    let rows = metric.hasItems ? try store.items(run: run.id, stage: metric.stage) : []
    let byItem = Dictionary(grouping: rows) { $0.item }.mapValues { $0.compactMap(\.score) }
      .filter { !$0.value.isEmpty }
    let (low, high) = (
      try values("\(metric.name)/low").last, try values("\(metric.name)/high").last
    )
    self.init(
      run: run.id, title: title, value: metric.declared.isTiming ? mean : all.last,
      low: low, high: high,
      items: byItem.mapValues { $0.reduce(0, +) / Double($0.count) },
      isBinary: byItem.values.allSatisfy { $0.count == 1 && ($0 == [0] || $0 == [1]) })
  }
}
