import Settings

extension RecipeCatalog {
  /// Whether two keys ask for the same work: they differ in nothing but the program and the machine
  /// (the kind's revision, the processor, the library), and in settings that the older program did
  /// not have and that stand at their defaults.
  ///
  /// The results of such stages may differ in their bits, so only a person's command takes one for
  /// the other.
  public func isSameWork(_ new: StageKey, _ old: StageKey) -> Bool {
    let (before, after) = (members(old.components), members(new.components))
    guard case .string(let name)? = after["kind"], before["kind"] == after["kind"],
      before["seed"] == after["seed"], before["policy"] == after["policy"],
      old.precision == new.precision
    else { return false }
    return isSame(before["params"], after["params"], kind(name)?.fields ?? [])
      && areSameInputs(members(before["inputs"]), members(after["inputs"]))
  }

  private func areSameInputs(
    _ old: [String: ConfigValue], _ new: [String: ConfigValue]
  ) -> Bool {
    guard old.keys == new.keys else { return false }
    return new.allSatisfy { port, references in
      guard case .list(let before)? = old[port], case .list(let after) = references,
        before.count == after.count
      else { return false }
      return zip(before, after).allSatisfy { isSameReference(members($0), members($1)) }
    }
  }

  private func isSameReference(
    _ old: [String: ConfigValue], _ new: [String: ConfigValue]
  ) -> Bool {
    guard let source = new["source"], let before = old["source"] else { return old == new }
    let (oldParts, newParts) = (members(before), members(source))
    guard old["weight"] == new["weight"], oldParts["type"] == newParts["type"],
      oldParts["seed"] == newParts["seed"], case .string(let name)? = newParts["type"],
      let type = PortType(rawValue: name)
    else { return false }
    return isSame(oldParts["params"], newParts["params"], self.source(type).fields)
  }

  private func isSame(
    _ old: ConfigValue?, _ new: ConfigValue?, _ fields: [FieldDescription]
  ) -> Bool {
    let (before, after) = (members(old), members(new))
    let known = Dictionary(fields.map { ($0.name, $0) }) { $1 }
    return Set(before.keys).union(after.keys).allSatisfy { name in
      guard let field = known[name] else { return before[name] == after[name] }
      let new = after[name] ?? field.unkeyedValue.withWholeNumbers
      return new == before[name]
        || before[name] == nil
          && [field.unkeyedValue, field.defaultValue].map(\.withWholeNumbers).contains(new)
    }
  }

  private func members(_ value: ConfigValue?) -> [String: ConfigValue] {
    if case .map(let members)? = value { members } else { [:] }
  }
}
