extension RecipeDecoder {
  /// The stages in an order in which each comes after what it needs: the file's wherever that does.
  /// Circles go to the report.
  mutating func order(_ drafts: [StageDraft]) -> [StageSpec] {
    var waiting = drafts
    var ready = [StageDraft]()
    var done = Set<String>()
    let names = Set(drafts.map(\.name))
    while true {
      while let index = waiting.firstIndex(where: { draft in
        draft.needs.allSatisfy { done.contains($0.stage) || !names.contains($0.stage) }
      }) {
        let draft = waiting.remove(at: index)
        done.insert(draft.name)
        ready.append(draft)
      }
      guard let circle = Self.circle(in: waiting) else { break }
      reportCircle(circle)
      done.formUnion(circle.map(\.name))
      waiting.removeAll { done.contains($0.name) }
    }
    return ready.map {
      StageSpec(
        name: $0.name, kind: $0.kind, values: $0.values, inputs: $0.inputs, policy: $0.policy,
        needs: $0.waitsFor)
    }
  }

  /// Stages each of which needs the next, and the last the first, beginning with the first of the
  /// file; nil if there are no stages. All of them wait for others that wait.
  private static func circle(in waiting: [StageDraft]) -> [StageDraft]? {
    guard var stage = waiting.first else { return nil }
    var chain = [StageDraft]()
    while !chain.contains(where: { $0.name == stage.name }) {
      chain.append(stage)
      let names = stage.needs.map(\.stage)
      guard let next = waiting.first(where: { names.contains($0.name) }) else { return nil }
      stage = next
    }
    let circle = chain.drop { $0.name != stage.name }
    let first = waiting.first { draft in circle.contains { $0.name == draft.name } }
    let turned = circle.drop { $0.name != first?.name }
    return Array(turned + circle.prefix { $0.name != first?.name })
  }

  private mutating func reportCircle(_ circle: [StageDraft]) {
    guard let first = circle.first else { return }
    let next = circle.count > 1 ? circle[1] : first
    let place = first.needs.first { $0.stage == next.name }?.place ?? first.place
    guard circle.count > 1 else {
      report.error(place, "stage '\(first.name)' needs itself")
      return
    }
    let chain = (circle + [first]).map(\.name).joined(separator: " needs ")
    report.error(place, "stages form a cycle: \(chain)")
  }

  /// A warning for each model and dataset that no stage uses.
  func unusedSources(_ stages: [StageSpec]) -> Set<Mistake> {
    let used = stages.flatMap { $0.inputs.values.joined() }.map(\.origin)
    let unused = names.filter { !$0.meaning.isStage && !used.contains(.source($0.name)) }
    return Set(
      unused.map {
        Mistake(
          severity: .warning, place: $0.place,
          message: "no stage uses the \($0.meaning.words) '\($0.name)'")
      })
  }
}
