/// One side of a comparison: runs whose settings agree but for the seed, a seed each.
public struct Contestant: Sendable {
  /// What one run scored.
  public struct Score: Sendable, Equatable {
    public let run: String
    /// What reports call the run.
    public let title: String
    /// The metric's last value, of a timing its mean; nil when the run has none.
    public let value: Double?
    /// The interval that the stage recorded with it, if it did.
    public let low: Double?
    public let high: Double?
    /// By item, the mean over its samples; empty for a metric that no items stand behind.
    public let items: [Int: Double]
    /// Each item was sampled once and is right or wrong.
    public let isBinary: Bool

    public init(
      run: String, title: String? = nil, value: Double?, low: Double? = nil, high: Double? = nil,
      items: [Int: Double] = [:], isBinary: Bool = false
    ) {
      self.run = run
      self.title = title ?? run
      self.value = value
      self.low = low
      self.high = high
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
