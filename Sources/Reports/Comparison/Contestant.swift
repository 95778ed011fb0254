public import Storage

/// One side of a comparison: the runs of one variant of a recipe, a seed each.
public struct Contestant: Sendable {
  /// What one run scored.
  public struct Score: Sendable, Equatable {
    public let run: String
    /// The metric's last value; nil when the run has none.
    public let value: Double?
    /// By item, the mean over its samples; empty for a metric that no items stand behind.
    public let items: [Int: Double]
    /// Each item was sampled once and is right or wrong.
    public let isBinary: Bool

    public init(run: String, value: Double?, items: [Int: Double] = [:], isBinary: Bool = false) {
      self.run = run
      self.value = value
      self.items = items
      self.isBinary = isBinary
    }
  }

  public let label: String
  public let scores: [Int: Score]
  /// What sets its recipe apart from the baseline's, in words.
  public let differences: [String]
  /// What makes its measurement another one than the baseline's; a comparison does not test then.
  public let obstacles: [String]

  public init(
    label: String, scores: [Int: Score], differences: [String] = [], obstacles: [String] = []
  ) {
    self.label = label
    self.scores = scores
    self.differences = differences
    self.obstacles = obstacles
  }

  var seeds: [Int] { scores.keys.sorted() }
}

/// What is compared: a metric of a stage, spelt `evaluate.pass@1`.
public struct ComparedMetric: Sendable, Equatable {
  public let stage: String
  public let name: String

  /// nil for text of another form.
  public init?(_ text: String) {
    guard let dot = text.firstIndex(of: ".") else { return nil }
    stage = String(text[..<dot])
    name = String(text[text.index(after: dot)...])
    guard !stage.isEmpty, !name.isEmpty else { return nil }
  }

  public var text: String { "\(stage).\(name)" }

  /// Losses are better when they are smaller.
  public var lowerIsBetter: Bool {
    ["loss", "eval_loss", "kl"].contains(name) || name.hasSuffix("/clipped_ratio")
  }

  /// Whether the scores of single items are its terms.
  var hasItems: Bool { name == "pass@1" }
  /// Whether it is a share, of 0 to 1.
  var isShare: Bool { name.hasPrefix("pass@") || name.hasPrefix("maj@") }
}

extension Contestant.Score {
  /// What a run's live rows say of the metric.
  public init(_ store: Store, run: RunRecord, metric: ComparedMetric) throws {
    let value = try store.metrics(run: run.id, stage: metric.stage, name: metric.name).last?.value
    let rows = metric.hasItems ? try store.items(run: run.id, stage: metric.stage) : []
    let byItem = Dictionary(grouping: rows) { $0.item }.mapValues { $0.compactMap(\.score) }
      .filter { !$0.value.isEmpty }
    self.init(
      run: run.id, value: value,
      items: byItem.mapValues { $0.reduce(0, +) / Double($0.count) },
      isBinary: byItem.values.allSatisfy { $0.count == 1 && ($0 == [0] || $0 == [1]) })
  }
}
