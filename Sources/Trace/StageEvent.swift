/// What a stage reports while it runs, in the order in which it happens.
///
/// Every event is restored from JSON exactly. A metric that is not finite is nil, as in the
/// database.
public enum StageEvent: Sendable, Hashable, Codable {
  /// The number of the stage's steps, and their unit.
  case began(totalSteps: Int, unit: String)
  /// The progress, for people; no result depends on it.
  case progress(Progress)
  /// Metrics of a step (updates are counted from 1; 0 for values outside the steps).
  case metrics(step: Int, values: [String: Double?])
  case samples([Sample])
  case items([Item])
  /// A sentence for the log.
  case log(String)
  /// Everything up to a step is durable.
  ///
  /// - Parameter manifest: the digest of the object that names the checkpoint's files.
  case checkpoint(step: Int, manifest: String)

  public struct Progress: Sendable, Hashable, Codable {
    /// Steps done.
    public var step: Int
    public var place: Place
    /// Seconds since the attempt began, and until it ends; nil if unknown.
    public var elapsed: Double
    public var eta: Double?

    public init(step: Int, place: Place, elapsed: Double, eta: Double?) {
      self.step = step
      self.place = place
      self.elapsed = elapsed
      self.eta = eta
    }
  }

  /// Where a stage is inside a step; nothing between steps.
  public struct Place: Sendable, Hashable, Codable {
    /// Its current phase, and how much of it is done: "sampled", 5 of 8.
    public var phase: String?
    public var done: Int?
    public var of: Int?
    /// The same with other unfinished phases of the step: "sampled 40/64, scored 32/64".
    public var words: String?

    public init(
      phase: String? = nil, done: Int? = nil, of: Int? = nil, words: String? = nil
    ) {
      self.phase = phase
      self.done = done
      self.of = of
      self.words = words
    }
  }
}
