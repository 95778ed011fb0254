/// A part of the text that a model read or wrote: ids are the record, text is a view.
public struct Segment: Sendable, Hashable {
  public enum Role: String, Sendable, Codable {
    case prompt, completion
  }

  public var role: Role
  public var text: String
  public var tokens: [Int32]
  /// Log-probabilities of `tokens` under the model, at the sampling temperature; nil for text that
  /// it did not write.
  public var logProbs: [Float]?
  /// Whether a loss on the sample counts the tokens.
  public var isTrained: Bool

  public init(
    _ role: Role, text: String, tokens: [Int32], logProbs: [Float]? = nil, isTrained: Bool
  ) {
    self.role = role
    self.text = text
    self.tokens = tokens
    self.logProbs = logProbs
    self.isTrained = isTrained
  }

  /// Text that a model was given.
  public static func prompt(_ text: String, tokens: [Int32]) -> Segment {
    Segment(.prompt, text: text, tokens: tokens, isTrained: false)
  }

  /// Text that it wrote.
  public static func completion(_ text: String, tokens: [Int32], logProbs: [Float]) -> Segment {
    Segment(.completion, text: text, tokens: tokens, logProbs: logProbs, isTrained: true)
  }
}

/// Log-probabilities are encoded as the bits of their 32-bit floats, so that every one is restored
/// exactly.
extension Segment: Codable {
  private enum CodingKeys: CodingKey { case role, text, tokens, logProbBits, isTrained }

  public init(from decoder: any Decoder) throws {
    let members = try decoder.container(keyedBy: CodingKeys.self)
    role = try members.decode(Role.self, forKey: .role)
    text = try members.decode(String.self, forKey: .text)
    tokens = try members.decode([Int32].self, forKey: .tokens)
    logProbs = try members.decodeIfPresent([UInt32].self, forKey: .logProbBits)?
      .map(Float.init(bitPattern:))
    isTrained = try members.decode(Bool.self, forKey: .isTrained)
  }

  public func encode(to encoder: any Encoder) throws {
    var members = encoder.container(keyedBy: CodingKeys.self)
    try members.encode(role, forKey: .role)
    try members.encode(text, forKey: .text)
    try members.encode(tokens, forKey: .tokens)
    try members.encodeIfPresent(logProbs?.map(\.bitPattern), forKey: .logProbBits)
    try members.encode(isTrained, forKey: .isTrained)
  }
}

/// One sampled completion, in memory and as it is stored.
public struct Sample: Sendable, Hashable, Codable {
  public var step: Int
  /// The row of the dataset that the prompt comes from.
  public var promptID: Int
  /// The number of the completion in its group.
  public var sample: Int
  /// A prompt and its completion.
  public private(set) var segments: [Segment]
  /// By the rewards' names.
  public var rewards: [String: RewardOutcome]
  /// nil where they are not finite.
  public let reward: Double?
  public let advantage: Double?
  /// `stop` or `length`.
  public var finishReason: String
  /// The row's gold answer, and the answer that its verifier read from the completion; nil if there
  /// is none.
  public var gold: String?
  public var parsed: String?

  public init(
    step: Int, promptID: Int, sample: Int, prompt: Segment, completion: Segment,
    rewards: [String: RewardOutcome] = [:], reward: Double? = nil, advantage: Double? = nil,
    finishReason: String, gold: String? = nil, parsed: String? = nil
  ) {
    self.step = step
    self.promptID = promptID
    self.sample = sample
    segments = [prompt, completion]
    self.rewards = rewards
    self.reward = finite(reward)
    self.advantage = finite(advantage)
    self.finishReason = finishReason
    self.gold = gold
    self.parsed = parsed
  }

  public var prompt: Segment { segments[0] }
  public var completion: Segment { segments[1] }
}

/// The score of one item of an evaluation, in one sample of it.
public struct Item: Sendable, Hashable, Codable {
  public var evaluation: String
  public var item: Int
  public var sample: Int
  /// nil where it is not finite.
  public let score: Double?

  public init(evaluation: String, item: Int, sample: Int, score: Double?) {
    self.evaluation = evaluation
    self.item = item
    self.sample = sample
    self.score = finite(score)
  }
}

/// Neither SQL nor JSON can represent a value that is not a number.
private func finite(_ value: Double?) -> Double? { value.flatMap { $0.isFinite ? $0 : nil } }
