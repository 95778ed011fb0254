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

  init(_ parameters: RewardParameters)

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

/// A value for every parameter of a reward.
public struct RewardParameters: Sendable, Hashable {
  let values: [String: Double]

  /// Of rewards that declare none.
  public static let none = RewardParameters(values: [:])

  subscript(name: String) -> Double {
    guard let value = values[name] else {
      preconditionFailure("the reward does not declare a parameter '\(name)'")
    }
    return value
  }
}

/// A mistake in the settings of a reward.
public struct RewardError: Error, Sendable, Hashable {
  /// The parameter at fault; nil: the name.
  public let parameter: String?
  public let message: String
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
  ) throws(RewardError) -> any Reward {
    guard let type = type(named: name) else {
      throw RewardError(parameter: nil, message: "no reward named '\(name)'")
    }
    var values = type.parameters.reduce(into: [:]) {
      $0[$1.name] = Double(configValue: $1.defaultValue)
    }
    for (parameter, value) in given.sorted(by: { $0.key < $1.key }) {
      guard let known = type.parameters.first(where: { $0.name == parameter }) else {
        throw RewardError(
          parameter: parameter, message: "reward '\(name)' has no parameter '\(parameter)'")
      }
      guard known.allows(value) else {
        throw RewardError(
          parameter: parameter,
          message: "'\(parameter)' is \(value); it must be from \(known.span)")
      }
      values[parameter] = value
    }
    return type.init(RewardParameters(values: values))
  }
}
