import Recipes
import Settings
import Storage

extension StageKey {
  /// The key of a stage whose rows a person has reviewed: the question, and the digest of the
  /// answer.
  func reviewed(_ digest: String) -> StageKey {
    guard case .map(var parts) = components else { return self }
    parts["asked"] = .string(self.digest)
    parts["reviewed"] = .string(digest)
    return StageKey(components: .map(parts))
  }

  /// The condition that finds the stored keys of stages with the same rows as this key.
  fileprivate var asking: String { "\"asked\":\"\(digest)\"" }

  /// The keys that change with a stage's key: its own, and those of stages that use its output,
  /// directly or through others.
  ///
  /// - Parameter current: keys of a run's stages, in an order that respects its graph.
  static func following(
    _ stage: String, is new: StageKey, among current: [(name: String, key: StageKey)]
  ) -> [String: StageKey] {
    var changed: [String: String] = [:]
    var keys: [String: StageKey] = [:]
    for (name, key) in current {
      let next = name == stage ? new : key.replacing(changed)
      guard next != key else { continue }
      changed[key.digest] = next.digest
      keys[name] = next
    }
    return keys
  }

  /// The key with the keys of its upstream stages replaced.
  private func replacing(_ digests: [String: String]) -> StageKey {
    guard case .map(var parts) = components, case .map(let ports)? = parts["inputs"] else {
      return self
    }
    let inputs = ports.mapValues { references -> ConfigValue in
      guard case .list(let list) = references else { return references }
      return .list(
        list.map { reference in
          guard case .map(var members) = reference, case .string(let old)? = members["stage"],
            let new = digests[old]
          else { return reference }
          members["stage"] = .string(new)
          return .map(members)
        })
    }
    parts["inputs"] = .map(inputs)
    return StageKey(components: .map(parts))
  }
}

extension Store {
  /// The newest finished stage for which a person reviewed the rows of a key.
  func review(of key: StageKey, kind: String) throws -> EarlierStage? {
    try finishedStage(kind: kind, containing: key.asking)
  }
}
