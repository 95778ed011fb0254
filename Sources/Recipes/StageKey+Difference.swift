extension StageKey {
  /// What changed from another key of the same stage, a sentence each: `learning_rate 0.0003 ->
  /// 0.0001`, `input model: upstream stage changed`. Empty if the keys are equal.
  public func differences(from old: StageKey) -> [String] {
    let (before, after) = (old.members, members)
    var words = [String]()
    if before["v"] != after["v"] { words.append("the key has another form (v)") }
    if before["kind"] != after["kind"] {
      words.append(Self.change("kind", before["kind"], after["kind"]))
    } else if before["revision"] != after["revision"] {
      words.append(Self.change("revision of the kind", before["revision"], after["revision"]))
    }
    words += Self.changes(before["methods"], after["methods"])
    words += Self.settingChanges(before["params"], after["params"])
    words += Self.changes(before["policy"], after["policy"])
    if before["seed"] != after["seed"] { words.append("seed changed") }
    words += Self.changes(before["numerics"], after["numerics"])
    words += Self.inputChanges(before["inputs"], after["inputs"])
    // A component that this version does not know.
    return words.isEmpty && self != old ? ["the key has other components"] : words
  }

  private var members: [String: ConfigValue] { Self.members(components) }

  private static func members(_ value: ConfigValue?) -> [String: ConfigValue] {
    if case .map(let members)? = value { members } else { [:] }
  }

  private static func changes(_ old: ConfigValue?, _ new: ConfigValue?) -> [String] {
    let (before, after) = (members(old), members(new))
    return Set(before.keys).union(after.keys).sorted().compactMap { name in
      before[name] == after[name] ? nil : change(name, before[name], after[name])
    }
  }

  /// Of settings, where one that is not there is one that is not set.
  private static func settingChanges(_ old: ConfigValue?, _ new: ConfigValue?) -> [String] {
    let (before, after) = (members(old), members(new))
    return Set(before.keys).union(after.keys).sorted().compactMap { name in
      let (old, new) = (before[name] ?? .null, after[name] ?? .null)
      return old == new ? nil : change(name, old, new)
    }
  }

  private static func change(_ name: String, _ old: ConfigValue?, _ new: ConfigValue?) -> String {
    switch (old, new) {
    case (let old?, let new?) where isFile(old) && isFile(new): "\(name): file content changed"
    case (let old?, let new?): "\(name) \(text(old)) -> \(text(new))"
    case (nil, let new?): "\(name) is new: \(text(new))"
    case (let old?, nil): "\(name) is gone: \(text(old))"
    case (nil, nil): ""
    }
  }

  private static func isFile(_ value: ConfigValue) -> Bool { members(value)["digest"] != nil }

  private static func text(_ value: ConfigValue) -> String {
    switch value {
    case .string(let text): shortened(text)
    case .null: "none"
    case _ where isFile(value): "a file"
    default: shortened(value.canonicalJSON)
    }
  }

  private static func inputChanges(_ old: ConfigValue?, _ new: ConfigValue?) -> [String] {
    let (before, after) = (members(old), members(new))
    return Set(before.keys).union(after.keys).sorted().flatMap { port -> [String] in
      let (old, new) = (list(before[port]), list(after[port]))
      if old == new { return [] }
      if old.isEmpty { return ["input \(port) is new"] }
      if new.isEmpty { return ["input \(port) is gone"] }
      guard old.count == new.count else {
        return ["input \(port): \(old.count) references -> \(new.count)"]
      }
      return zip(old, new).enumerated().flatMap { index, pair in
        let place = old.count > 1 ? "input \(port)[\(index)]" : "input \(port)"
        return referenceChanges(pair.0, pair.1).map { "\(place): \($0)" }
      }
    }
  }

  private static func list(_ value: ConfigValue?) -> [ConfigValue] {
    if case .list(let values)? = value { values } else { [] }
  }

  private static func referenceChanges(_ old: ConfigValue, _ new: ConfigValue) -> [String] {
    let (before, after) = (members(old), members(new))
    var words = [String]()
    switch (before["source"], after["source"]) {
    case (let old?, let new?):
      if old != new { words += sourceChanges(members(old), members(new)) }
    case (nil, nil):
      if before["stage"] != after["stage"] { words.append("upstream stage changed") }
      if before["port"] != after["port"] {
        words.append(change("output", before["port"], after["port"]))
      }
    case (nil, _): words.append("no longer from a stage")
    case (_, nil): words.append("now from a stage")
    }
    for name in ["weight", "from_step", "until_step"] where before[name] != after[name] {
      words.append(change(name, before[name], after[name]))
    }
    return words
  }

  private static func sourceChanges(
    _ old: [String: ConfigValue], _ new: [String: ConfigValue]
  ) -> [String] {
    let words = settingChanges(old["params"], new["params"])
    return words.isEmpty ? ["seed changed"] : words
  }
}
