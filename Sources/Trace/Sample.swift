/// One sampled completion, in memory and as it is stored: ids are the record, text is a view.
public struct Sample: Sendable, Hashable {
  public var step: Int
  /// The row of the dataset that the prompt comes from.
  public var promptID: Int
  /// The number of the completion in its group.
  public var sample: Int
  public var prompt: String
  public var completion: String
  public var promptIDs: [Int32]
  public var completionIDs: [Int32]
  /// Log-probabilities of `completionIDs` under the model, at the sampling temperature.
  public var logProbs: [Float]
  /// By the rewards' names.
  public var rewards: [String: RewardOutcome]
  public var reward: Double?
  public var advantage: Double?
  /// `stop` or `length`.
  public var finishReason: String
  /// The row's right answer, and the answer that its verifier read from the completion; nil for none.
  public var gold: String?
  public var parsed: String?

  public init(
    step: Int, promptID: Int, sample: Int, prompt: String, completion: String,
    promptIDs: [Int32], completionIDs: [Int32], logProbs: [Float],
    rewards: [String: RewardOutcome] = [:], reward: Double? = nil, advantage: Double? = nil,
    finishReason: String, gold: String? = nil, parsed: String? = nil
  ) {
    self.step = step
    self.promptID = promptID
    self.sample = sample
    self.prompt = prompt
    self.completion = completion
    self.promptIDs = promptIDs
    self.completionIDs = completionIDs
    self.logProbs = logProbs
    self.rewards = rewards
    self.reward = reward
    self.advantage = advantage
    self.finishReason = finishReason
    self.gold = gold
    self.parsed = parsed
  }
}

/// The score of one item of an evaluation, in one sample of it.
public struct Item: Sendable, Hashable, Decodable {
  public var evaluation: String
  public var item: Int
  public var sample: Int
  /// nil where it is not finite.
  public var score: Double?

  public init(evaluation: String, item: Int, sample: Int, score: Double?) {
    self.evaluation = evaluation
    self.item = item
    self.sample = sample
    self.score = score
  }
}
