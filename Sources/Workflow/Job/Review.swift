import Recipes
import Settings
import Storage

extension StageKey {
  /// The key of a stage whose rows a person has looked at: what was asked, and the digest of what came
  /// back.
  func reviewed(_ digest: String) -> StageKey {
    guard case .map(var parts) = components else { return self }
    parts["asked"] = .string(self.digest)
    parts["reviewed"] = .string(digest)
    return StageKey(components: .map(parts))
  }

  /// What finds, among stored keys, those of stages whose rows are the ones that this key stands for.
  fileprivate var asking: String { "\"asked\":\"\(digest)\"" }

  /// The keys that change when a stage's does: its own, and those of stages that take in what it
  /// leaves, directly or through others.
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

  /// The key with other ones in place of those of stages that it takes in.
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
  /// The newest finished stage for which a person looked at the rows that a key stands for.
  func review(of key: StageKey, kind: String) throws -> EarlierStage? {
    try finishedStage(kind: kind, containing: key.asking)
  }
}
