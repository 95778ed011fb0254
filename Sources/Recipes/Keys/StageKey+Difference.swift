import Settings

extension StageKey {
  /// What changed from another key of the same stage, a sentence each: `learning_rate 0.0003 ->
  /// 0.0001`, `input model: upstream stage changed`. Empty if the keys are equal.
  public func differences(from old: StageKey) -> [String] { changes(from: old).map(\.text) }

  /// What changed from another key of the same stage; empty if the keys are equal.
  public func changes(from old: StageKey) -> [KeyDifference] {
    let (before, after) = (old.members, members)
    var found: [KeyDifference] = []
    if before["v"] != after["v"] { found.append(.form) }
    if before["kind"] != after["kind"] {
      found.append(.kind(.init(old: before["kind"], new: after["kind"])))
    } else if before["revision"] != after["revision"] {
      found.append(.revision(.init(old: before["revision"], new: after["revision"])))
    }
    found += Self.changes(before["methods"], after["methods"]).map { .method($0, $1) }
    if before["conversations"] != after["conversations"] { found.append(.conversations) }
    found += Self.settings(before["params"], after["params"]).map { .setting($0, $1) }
    found += Self.changes(before["policy"], after["policy"]).map { .policy($0, $1) }
    if before["seed"] != after["seed"] { found.append(.seed) }
    found += Self.changes(before["numerics"], after["numerics"]).map { .numeric($0, $1) }
    found += Self.inputs(before["inputs"], after["inputs"])
    return found.isEmpty && self != old ? [.other] : found
  }

  private var members: [String: ConfigValue] { Self.members(components) }

  private static func members(_ value: ConfigValue?) -> [String: ConfigValue] {
    if case .map(let members)? = value { members } else { [:] }
  }

  private typealias Named = (String, KeyDifference.Change)

  private static func changes(_ old: ConfigValue?, _ new: ConfigValue?) -> [Named] {
    let (before, after) = (members(old), members(new))
    return Set(before.keys).union(after.keys).sorted().compactMap { name in
      before[name] == after[name] ? nil : (name, .init(old: before[name], new: after[name]))
    }
  }

  /// Of settings, where one that is not there is one that is not set.
  private static func settings(_ old: ConfigValue?, _ new: ConfigValue?) -> [Named] {
    let (before, after) = (members(old), members(new))
    return Set(before.keys).union(after.keys).sorted().compactMap { name in
      let (old, new) = (before[name] ?? .null, after[name] ?? .null)
      return old == new ? nil : (name, .init(old: old, new: new))
    }
  }

  private static func inputs(_ old: ConfigValue?, _ new: ConfigValue?) -> [KeyDifference] {
    let (before, after) = (members(old), members(new))
    return Set(before.keys).union(after.keys).sorted().flatMap { port -> [KeyDifference] in
      let (old, new) = (list(before[port]), list(after[port]))
      if old == new { return [] }
      if old.isEmpty { return [.newInput(port: port)] }
      if new.isEmpty { return [.lostInput(port: port)] }
      guard old.count == new.count else {
        return [.inputCount(port: port, old: old.count, new: new.count)]
      }
      return zip(old, new).enumerated().flatMap { index, pair in
        reference(pair.0, pair.1).map {
          .input(port: port, index: old.count > 1 ? index : nil, $0)
        }
      }
    }
  }

  private static func list(_ value: ConfigValue?) -> [ConfigValue] {
    if case .list(let values)? = value { values } else { [] }
  }

  private static func reference(
    _ old: ConfigValue, _ new: ConfigValue
  ) -> [KeyDifference.Input] {
    let (before, after) = (members(old), members(new))
    var found: [KeyDifference.Input] = []
    switch (before["source"], after["source"]) {
    case (let old?, let new?):
      if old != new { found += source(members(old), members(new)) }
    case (nil, nil):
      if before["stage"] != after["stage"] { found.append(.upstream) }
      if before["port"] != after["port"] {
        found.append(.output(.init(old: before["port"], new: after["port"])))
      }
    case (nil, _): found.append(.noLongerFromStage)
    case (_, nil): found.append(.nowFromStage)
    }
    for name in ["weight", "from_step", "until_step"] where before[name] != after[name] {
      found.append(.share(name, .init(old: before[name], new: after[name])))
    }
    return found
  }

  private static func source(
    _ old: [String: ConfigValue], _ new: [String: ConfigValue]
  ) -> [KeyDifference.Input] {
    let found = settings(old["params"], new["params"])
      .map { KeyDifference.Input.source($0, $1) }
    return found.isEmpty ? [.sourceSeed] : found
  }
}
