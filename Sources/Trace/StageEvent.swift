/// What a stage reports while it runs, in the order in which it happens.
///
/// Every event comes back from JSON as it was. A metric that is not finite is nil, as it is stored.
public enum StageEvent: Sendable, Hashable, Codable {
  /// How many steps the stage has, and what one is called.
  case began(totalSteps: Int, unit: String)
  /// Where it is. People watch this; no result depends on it.
  case progress(Progress)
  /// Metrics of a step (updates are counted from 1; 0 for what belongs to no step).
  case metrics(step: Int, values: [String: Double?])
  case samples([Sample])
  case items([Item])
  /// What happened, in a sentence.
  case log(String)
  /// All up to a step is durable.
  ///
  /// - Parameter manifest: the digest of the object that names the checkpoint's files.
  case checkpoint(step: Int, manifest: String)

  public struct Progress: Sendable, Hashable, Codable {
    /// Steps done.
    public var step: Int
    public var place: Place
    /// Seconds since the try began, and until it ends; nil where that is not known.
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
    /// What it does, and how much of that is done: "sampled", 5 of 8.
    public var phase: String?
    public var done: Int?
    public var of: Int?
    /// The same with what else it has begun inside the step: "sampled 40/64, scored 32/64".
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
