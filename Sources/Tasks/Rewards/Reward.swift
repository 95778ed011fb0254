public import Settings
public import Trace

/// A named judgement of one completion: `RewardCatalog.named("accuracy")?.score(sample)`.
///
/// A reward is a pure function of the sample, takes time linear in its text and never throws: if it
/// cannot score, it abstains with a reason. To add one: a file next to this one, an entry in
/// the catalog, and a list of texts that must not score.
public protocol Reward: Sendable {
  /// As `reward_funcs` spells it.
  static var name: String { get }
  /// One sentence for `list rewards` and the documentation.
  static var summary: String { get }
  /// What can be set; the initializer is given a value for each.
  static var parameters: [FieldDescription] { get }
  /// Whether it abstains from rows without a gold answer, whatever the completion.
  static var needsGold: Bool { get }

  init(_ parameters: Parameters<Double>)

  func score(_ sample: RewardSample) -> RewardOutcome
}

/// A reward that compares the completions of one prompt.
public protocol GroupReward: Reward {
  /// One outcome a sample; the samples are all completions of one prompt.
  func score(group: [RewardSample]) -> [RewardOutcome]
}

extension Reward {
  public static var parameters: [FieldDescription] { [] }
  public static var needsGold: Bool { false }
}

extension GroupReward {
  public func score(_ sample: RewardSample) -> RewardOutcome { score(group: [sample])[0] }
}

/// The rewards that recipes may name.
public enum RewardCatalog {
  public static let all: [any Reward.Type] = [
    AccuracyReward.self, FormatReward.self, TagCountReward.self, LanguageConsistencyReward.self,
    LengthReward.self, CosineReward.self, RepetitionPenaltyReward.self,
    SoftOverlongPunishment.self,
  ]

  public static var names: [String] { all.map { $0.name } }

  public static func type(named name: String) -> (any Reward.Type)? {
    all.first { $0.name == name }
  }

  /// The reward of that name with its defaults.
  public static func named(_ name: String) -> (any Reward)? { try? make(name) }

  /// A reward with the given parameters and defaults for the others.
  public static func make(
    _ name: String, _ given: [String: Double] = [:]
  ) throws(ParameterError) -> any Reward {
    guard let type = type(named: name) else {
      throw ParameterError(nil, "no reward named '\(name)'")
    }
    return type.init(
      try Parameters(given, declared: type.parameters, of: "reward '\(name)'"))
  }
}
