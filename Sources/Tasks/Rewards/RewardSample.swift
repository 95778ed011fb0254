/// A completion with everything that a reward may look at.
public struct RewardSample: Sendable, Hashable {
  /// The text that was sampled, without stop tokens.
  public var completion: String
  /// The part of the assistant's turn that the prompt already gave, such as `<think>`.
  public var prefix: String
  public var prompt: String
  /// The gold answer, as the row's verifier reads it.
  public var gold: String?
  /// The name of the verifier that knows how to compare with the gold answer.
  public var verifier: String?
  /// Further fields of the row.
  public var fields: [String: String]
  /// Whether the completion ended with a stop token and was not truncated.
  public var finished: Bool
  /// The tokens that were sampled, with the stop token.
  public var tokens: [Int32]
  /// The length at which completions are cut, in tokens; nil: not known.
  public var maxTokens: Int?

  public init(
    completion: String, prefix: String = "", prompt: String = "", gold: String? = nil,
    verifier: String? = nil, fields: [String: String] = [:], finished: Bool = true,
    tokens: [Int32] = [], maxTokens: Int? = nil
  ) {
    self.completion = completion
    self.prefix = prefix
    self.prompt = prompt
    self.gold = gold
    self.verifier = verifier
    self.fields = fields
    self.finished = finished
    self.tokens = tokens
    self.maxTokens = maxTokens
  }

  /// The whole of the assistant's turn.
  public var text: String { prefix + completion }

  /// What kind of row it is (`reasoning`, `helpful`, ...), where the row says so.
  public var type: String? { fields["type"] }
}
