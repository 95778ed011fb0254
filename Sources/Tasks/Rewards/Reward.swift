/// A named judgement of one completion: `RewardCatalog.named("accuracy")?.score(sample)`.
///
/// A reward is a pure function of the sample, takes time linear in its text and never throws: what
/// it cannot judge it abstains from, with a reason. To add one: a file beside this one, an entry in
/// the catalog, and a list of texts that must not score.
public protocol Reward: Sendable {
  /// As `reward_funcs` spells it.
  static var name: String { get }
  /// One sentence for `list rewards` and the documentation.
  static var summary: String { get }

  func score(_ sample: RewardSample) -> RewardOutcome
}

/// The rewards that recipes may name.
public enum RewardCatalog {
  public static let all: [any Reward] = [AccuracyReward(), FormatReward()]

  /// The reward of that name.
  public static func named(_ name: String) -> (any Reward)? {
    all.first { type(of: $0).name == name }
  }
}

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
  /// Whether the completion ended by itself and was not cut off.
  public var finished: Bool

  public init(
    completion: String, prefix: String = "", prompt: String = "", gold: String? = nil,
    verifier: String? = nil, fields: [String: String] = [:], finished: Bool = true
  ) {
    self.completion = completion
    self.prefix = prefix
    self.prompt = prompt
    self.gold = gold
    self.verifier = verifier
    self.fields = fields
    self.finished = finished
  }

  /// The whole of the assistant's turn.
  public var text: String { prefix + completion }
}
