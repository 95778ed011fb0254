public import Storage

/// Everything about one stage of a run, for a person: `show RUN/STAGE`.
public struct StageDetails {
  public let text: String

  public init(_ store: Store, _ stage: StageRecord) throws {
    var facts = TextTable(["fact", "value"])
    facts.add(["stage", stage.name])
    facts.add(["kind", "\(stage.kind), revision \(stage.revision)"])
    facts.add(["status", stage.status.rawValue])
    facts.add(["planned", stage.reason])
    if let lost = stage.lost { facts.add(["lost", lost]) }
    if let message = stage.message { facts.add(["message", message]) }
    let total = stage.totalSteps.map { " of \($0)" } ?? ""
    facts.add(["steps", "\(stage.step)\(total)"])
    facts.add(["key", stage.key])
    if let origin = stage.reusedFrom { facts.add(["reused from", origin]) }
    let figures = try StageFigures(store, stage).text
    if !figures.isEmpty { facts.add(["result", figures]) }

    var files = TextTable(["output", "file", .right("size"), "sha256"])
    for (port, digest) in try store.outputs(stage: stage.id).sorted(by: { $0.key < $1.key }) {
      files.add([port, "", "", digest])
      // The list of a lost output's files may also be lost.
      if stage.lost != nil, !store.objects.isComplete(digest) { continue }
      for (name, file) in try store.objects.manifest(digest).files.sorted(by: { $0.key < $1.key }) {
        files.add(["", name, Quantity.bytes(file.size), file.sha256])
      }
    }

    // Only what makes datasets counts domains; others have many more metrics.
    let makesData = try store.outputs(stage: stage.id)["data"] != nil
    let domains = makesData ? try DomainTable(store.lastValues(of: stage)) : nil

    var attempts = TextTable([
      .right("attempt"), .right("from step"), "status",
      .right("time"), "cause",
    ])
    for attempt in try store.attempts(stage: stage.id) {
      let time = attempt.endedAt.map { Quantity.duration(Double($0 - attempt.startedAt) / 1000) }
      attempts.add([
        "\(attempt.number)", "\(attempt.fromStep)", attempt.status, time ?? "", attempt.cause ?? "",
      ])
    }
    let evaluation = try EvaluationTable(store, stage)
    text = [facts, domains?.table, evaluation?.table, files, attempts].compactMap(\.self)
      .filter { !$0.rows.isEmpty }
      .map { $0.render() }.joined(separator: "\n\n")
  }
}
