import Settings

/// What `$name` can mean.
enum ReferenceTarget: Sendable, Hashable {
  case source(PortType)
  /// With its outputs; nil if the stage's kind is unknown, which is a separate mistake.
  case stage([OutputPort]?)

  var words: String {
    switch self {
    case .source(let type): type.rawValue
    case .stage: "stage"
    }
  }

  var isStage: Bool { if case .stage = self { true } else { false } }
}

/// A stage that has been read, before its place in the order is known.
struct StageDraft {
  let name: String
  let place: Place
  var kind = ""
  var values: [String: ConfigValue] = [:]
  var inputs: [String: [InputReference]] = [:]
  var policy = StagePolicy()
  /// What `needs` names, and stages whose metrics a gate compares with.
  var waitsFor: [String] = []
  /// Stages that this one needs, each with the place of the reference.
  var needs: [(stage: String, place: Place)] = []
}

extension RecipeDecoder {
  mutating func stages(_ entry: ConfigNode.Entry?, _ root: ConfigNode) -> [StageDraft] {
    let entries = report.section(entry)
    if entry?.value.isNull ?? true {
      report.error(entry?.place ?? root.place, "the recipe has no stages")
    } else if entry?.value.entries?.isEmpty == true {
      report.error(entry?.value.place ?? root.place, "the recipe has no stages")
    }
    // Every name first: a stage may refer to one that stands below it.
    let kinds = entries.map { kind(of: $0) }
    for (entry, kind) in zip(entries, kinds) { claim(entry, .stage(kind?.outputs)) }
    let drafts = zip(entries, kinds).map { entry, kind in
      kind.map { stage(entry, $0) } ?? StageDraft(name: entry.name, place: entry.place)
    }
    for (entry, draft) in zip(entries, drafts) { checkConditions(of: draft, entry, among: drafts) }
    return drafts
  }

  private mutating func kind(of stage: ConfigNode.Entry) -> KindDescription? {
    guard let entries = stage.value.entries else {
      report.error(
        stage.value.place, "stage '\(shortened(stage.name))' is a map, not \(stage.value.words)")
      return nil
    }
    guard let entry = entries.first(where: { $0.name == "kind" }) else {
      report.error(stage.place, "stage '\(shortened(stage.name))' has no 'kind'")
      return nil
    }
    guard case .scalar(let name, _) = entry.value.content, !entry.value.isNull else {
      report.error(entry.value.place, "'kind' takes a stage kind, not \(entry.value.words)")
      return nil
    }
    if let kind = catalog.kind(name) { return kind }
    let names = catalog.kinds.map(\.name)
    let nearest = suggestion(for: name, among: names)
    let hint = nearest.isEmpty ? "; known are \(names.joined(separator: ", "))" : nearest
    report.error(entry.value.place, "unknown stage kind '\(shortened(name))'\(hint)")
    return nil
  }

  private mutating func stage(_ entry: ConfigNode.Entry, _ kind: KindDescription) -> StageDraft {
    var draft = StageDraft(name: entry.name, place: entry.place, kind: kind.name)
    let entries = entry.value.entries ?? []
    let ports = kind.inputs.map(\.name)
    let policy = StagePolicy.fields.map(\.description)
    let values = fields(
      entry.value.allEntries ?? [], kind.fields + policy,
      { kind.problems($0) + StagePolicy(values: $0).problems }, of: entry,
      where: "a stage of kind '\(kind.name)'", kind: kind.name,
      others: ["kind", "needs"] + ports)
    draft.values = values.filter { name, _ in kind.fields.contains { $0.name == name } }
    draft.policy = StagePolicy(values: values)
    waits(entries, &draft)
    for port in kind.inputs {
      if let given = entries.first(where: { $0.name == port.name }) {
        let references = references(given.value, port)
        draft.inputs[port.name] = references.map(\.reference)
        for (reference, place) in references {
          if case .stage(let name, _) = reference.origin { draft.needs.append((name, place)) }
        }
      } else if port.required {
        report.error(
          entry.place,
          "stage '\(entry.name)' has no '\(port.name)': kind '\(kind.name)' needs a "
            + port.type.rawValue)
      }
    }
    return draft
  }
}

/// Stages that a stage waits for though it takes nothing from them.
extension RecipeDecoder {
  private mutating func waits(_ entries: [ConfigNode.Entry], _ draft: inout StageDraft) {
    if let given = entries.first(where: { $0.name == "needs" }) {
      let nodes = if case .list(let nodes) = given.value.content { nodes } else { [given.value] }
      for node in nodes {
        guard case .scalar(let text, _) = node.content, text.hasPrefix("$") else {
          report.error(node.place, "'needs' takes stages, such as $evaluate, not \(node.words)")
          continue
        }
        wait(for: String(text.dropFirst()), node.place, &draft)
      }
    }
    guard let gates = entries.first(where: { $0.name == "promote_if" }) else { return }
    for other in draft.policy.gates.compactMap(\.otherStage) {
      wait(for: other, gates.value.place, &draft)
    }
  }

  private mutating func wait(for name: String, _ place: Place, _ draft: inout StageDraft) {
    let stages = names.filter { $0.meaning.isStage }.map(\.name)
    guard stages.contains(name) else {
      let hint = suggestion(for: name, among: stages)
      return report.error(place, "there is no stage '\(shortened(name))'\(hint)")
    }
    draft.needs.append((name, place))
    if !draft.waitsFor.contains(name) { draft.waitsFor.append(name) }
  }
}

extension RecipeDecoder {
  typealias Located = (reference: InputReference, place: Place)

  /// What an input port is given: `$x`, `{ from: $x, weight: 2 }` or, where it takes several, a list
  /// of these.
  private mutating func references(_ node: ConfigNode, _ port: InputPort) -> [Located] {
    guard case .list(let nodes) = node.content else {
      return reference(node, port).map { [$0] } ?? []
    }
    guard port.multiple else {
      report.error(node.place, "'\(port.name)' takes one \(port.type.rawValue), not a list")
      return []
    }
    if nodes.isEmpty { report.error(node.place, "'\(port.name)' takes at least one reference") }
    return nodes.compactMap { reference($0, port) }
  }

  private mutating func reference(_ node: ConfigNode, _ port: InputPort) -> Located? {
    if case .scalar(let text, _) = node.content, !node.isNull {
      return origin(text, node, port).map { (InputReference(origin: $0, weight: 1), node.place) }
    }
    guard port.multiple, let entries = node.entries else {
      report.error(
        node.place,
        "'\(port.name)' takes a reference to a \(port.type.rawValue), such as $name, not "
          + node.words)
      return nil
    }
    return weighted(entries, node, port)
  }

  private mutating func weighted(
    _ entries: [ConfigNode.Entry], _ node: ConfigNode, _ port: InputPort
  ) -> Located? {
    let weight = FieldDescription(
      name: "weight", type: .number, defaultValue: .double(1), minimum: 0, maximum: nil,
      exclusiveMinimum: true, unit: "share of the rows", summary: "", affectsOutput: true)
    let steps = ["from_step", "until_step"].map {
      FieldDescription(
        name: $0, type: .optional(.integer), defaultValue: .null, minimum: 1, maximum: 1e9,
        exclusiveMinimum: false, unit: "updates", summary: "", affectsOutput: true)
    }
    let values = fields(
      entries, port.scheduled ? [weight] + steps : [weight], StepWindow.problems,
      of: .init(name: port.name, place: node.place, value: node), where: "a weighted reference",
      others: ["from"])
    guard let from = entries.first(where: { $0.name == "from" }) else {
      report.error(node.place, "a weighted reference has no 'from': { from: $name, weight: 0.5 }")
      return nil
    }
    guard case .scalar(let text, _) = from.value.content else {
      report.error(
        from.value.place, "'from' takes a reference, such as $name, not \(from.value.words)")
      return nil
    }
    guard let share = values["weight"].flatMap(Double.init(configValue:)),
      let origin = origin(text, from.value, port)
    else { return nil }
    return (
      InputReference(origin: origin, weight: share, window: StepWindow(values)), from.value.place
    )
  }

  /// The meaning of `$name` or `$name.output` at a port.
  private mutating func origin(
    _ text: String, _ node: ConfigNode, _ port: InputPort
  ) -> InputReference.Origin? {
    let known = names.map(\.name)
    guard text.hasPrefix("$") else {
      let hint = known.contains(text) ? "; did you mean '$\(text)'?" : ""
      report.error(
        node.place,
        "'\(port.name)' takes a reference to a \(port.type.rawValue), such as $name, not "
          + node.words + hint)
      return nil
    }
    let parts = text.dropFirst().split(
      separator: ".", maxSplits: 1, omittingEmptySubsequences: false
    ).map(String.init)
    guard let target = names.first(where: { $0.name == parts[0] }) else {
      let nearest = nearestName(to: parts[0], among: known)
      let hint = nearest.map { "; did you mean '$\($0)'?" } ?? ""
      report.error(node.place, "unknown reference '\(shortened(text))'\(hint)")
      return nil
    }
    let output = parts.count > 1 ? parts[1] : nil
    switch target.meaning {
    case .source(let type): return source(target.name, type, output, node, port)
    case .stage(nil): return nil
    case .stage(let outputs?): return stage(target.name, outputs, output, node, port)
    }
  }

  private mutating func source(
    _ name: String, _ type: PortType, _ output: String?, _ node: ConfigNode, _ port: InputPort
  ) -> InputReference.Origin? {
    if output != nil {
      report.error(node.place, "'$\(name)' is a \(type.rawValue) and has no outputs to choose from")
      return nil
    }
    guard type == port.type else {
      report.error(
        node.place,
        "'\(port.name)' takes a \(port.type.rawValue), but '$\(name)' is a \(type.rawValue)")
      return nil
    }
    return .source(name)
  }

  private mutating func stage(
    _ name: String, _ outputs: [OutputPort], _ output: String?, _ node: ConfigNode,
    _ port: InputPort
  ) -> InputReference.Origin? {
    let wanted = port.type.rawValue
    guard let output else {
      if let match = outputs.first(where: { $0.type == port.type }) {
        return .stage(name, output: match.name)
      }
      let makes =
        outputs.isEmpty
        ? "nothing" : "only " + outputs.map { "a \($0.type.rawValue)" }.joined(separator: " and ")
      report.error(
        node.place,
        "'\(port.name)' takes a \(wanted), but stage '\(name)' makes \(makes)")
      return nil
    }
    guard let match = outputs.first(where: { $0.name == output }) else {
      let hint = suggestion(for: output, among: outputs.map(\.name))
      report.error(node.place, "stage '\(name)' has no output '\(shortened(output))'\(hint)")
      return nil
    }
    guard match.type == port.type else {
      report.error(
        node.place,
        "'\(port.name)' takes a \(wanted), but '$\(name).\(output)' is a \(match.type.rawValue)")
      return nil
    }
    return .stage(name, output: output)
  }
}

extension StepWindow {
  init(_ values: [String: ConfigValue]) {
    let steps = ["from_step", "until_step"].map { values[$0].flatMap(Int.init(configValue:)) }
    self.init(from: steps[0] ?? 1, until: steps[1])
  }

  static func problems(_ values: [String: ConfigValue]) -> [ConfigProblem] {
    let window = StepWindow(values)
    guard let until = window.until, until < window.from else { return [] }
    return [ConfigProblem("until_step", "is before from_step (\(window.from))")]
  }
}
