import Settings

extension StageKey {
  /// The keys of a run's stages without everything that only its seed decides: runs of one recipe
  /// with several seeds have equal ones.
  ///
  /// They leave out the seeds of stages and of their models and datasets, and people's edits of
  /// rows that a seed had chosen; an upstream stage is represented by its own such key.
  ///
  /// - Parameter keys: of all stages of the run, by name.
  public static func withoutSeeds(_ keys: [String: StageKey]) -> [String: StageKey] {
    let known = Dictionary(keys.values.map { ($0.digest, $0) }) { first, _ in first }
    var plain: [String: StageKey] = [:]
    func plainKey(_ key: StageKey) -> StageKey {
      if let done = plain[key.digest] { return done }
      let result = key.withoutSeed { digest in known[digest].map { plainKey($0).digest } }
      plain[key.digest] = result
      return result
    }
    return keys.mapValues(plainKey)
  }

  /// - Parameter upstream: the replacement for the stage of a digest; nil if it is unknown.
  private func withoutSeed(_ upstream: (String) -> String?) -> StageKey {
    guard case .map(var parts) = components else { return self }
    for name in ["seed", "asked", "reviewed"] { parts[name] = nil }
    guard case .map(let ports)? = parts["inputs"] else {
      return StageKey(components: .map(parts))
    }
    parts["inputs"] = .map(
      ports.mapValues { references in
        guard case .list(let list) = references else { return references }
        return .list(list.map { Self.withoutSeed($0, upstream) })
      })
    return StageKey(components: .map(parts))
  }

  private static func withoutSeed(
    _ reference: ConfigValue, _ upstream: (String) -> String?
  ) -> ConfigValue {
    guard case .map(var members) = reference else { return reference }
    if case .map(var source)? = members["source"] {
      source["seed"] = nil
      members["source"] = .map(source)
    }
    if case .string(let digest)? = members["stage"] {
      members["stage"] = .string(upstream(digest) ?? digest)
    }
    return .map(members)
  }
}

extension StageKey {
  /// The digests of its upstream stages, by port.
  public var upstream: [String: [String]] {
    guard case .map(let parts) = components, case .map(let ports)? = parts["inputs"] else {
      return [:]
    }
    return ports.mapValues { references in
      guard case .list(let list) = references else { return [] }
      return list.compactMap { reference in
        guard case .map(let members) = reference, case .string(let digest)? = members["stage"]
        else { return nil }
        return digest
      }
    }
  }
}
