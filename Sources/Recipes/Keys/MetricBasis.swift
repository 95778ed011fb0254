public import Settings

extension StageKey {
  /// The settings of the stage, as far as they affect results.
  public var settings: [String: ConfigValue] {
    guard case .map(let parts) = components, case .map(let settings)? = parts["params"] else {
      return [:]
    }
    return settings
  }
}

extension MetricDescription.Basis {
  /// Whether a difference between the keys of two stages makes the metric another measurement.
  ///
  /// - Parameters:
  ///   - reward: the reward that the metric's name holds, if it does.
  ///   - settings: the newer key's.
  public func isTouched(
    by difference: KeyDifference, reward: String?, settings: [String: ConfigValue]
  ) -> Bool {
    if self == .nothing { return false }
    var reward = reward
    if case .reward(let name?, _, _) = self { reward = name }
    return switch difference {
    case .form, .kind, .revision, .conversations, .other: true
    case .seed, .policy: false
    case .numeric: isWhole
    case .method(let name, let change): isTouched(setting: name, change, reward: reward)
    case .setting(let name, let change): isTouched(setting: name, change, reward: reward)
    case .newInput(let port), .lostInput(let port), .inputCount(let port, _, _),
      .input(let port, _, _):
      !difference.isSeed
        && isTouched(input: port, entries: Self.entries(settings["reward_funcs"], reward))
    }
  }

  private var isWhole: Bool { if case .everything = self { true } else { false } }

  private func isTouched(
    setting name: String, _ change: KeyDifference.Change, reward: String?
  ) -> Bool {
    switch self {
    case .nothing: false
    case .everything: true
    case .only(let settings, _): settings.contains(name)
    case .reward(_, let settings, _):
      settings.contains(name)
        || name == "reward_funcs"
          && Self.entries(change.old, reward) != Self.entries(change.new, reward)
    }
  }

  private func isTouched(input port: String, entries: [[String: ConfigValue]]) -> Bool {
    switch self {
    case .nothing: false
    case .everything(let but): !but.contains(port)
    case .only(_, let inputs): inputs.contains(port)
    case .reward(_, _, let inputs):
      // An entry that takes something from a port has a key of the port's name.
      inputs.contains(port) || entries.contains { $0[port] != nil }
    }
  }

  /// The entries of `reward_funcs` that may be the one of a name, without their weights, which the
  /// reward's own mean does not hold.
  private static func entries(
    _ value: ConfigValue?, _ reward: String?
  ) -> [[String: ConfigValue]] {
    guard case .list(let entries)? = value else { return [] }
    return entries.compactMap { entry in
      var members = ["name": entry]
      if case .map(let given) = entry { members = given }
      // A program without a name is called after its file, which a key does not hold.
      let label = members["name"] ?? members["reward_model"]
      guard let reward, label == nil || label == .string(reward) else { return nil }
      members["weight"] = nil
      return members
    }
  }
}
