import Foundation
import Host
import Testing
import Trace

@testable import Storage

@Suite struct ProgressTests {
  private let temporary: TemporaryWorkspace
  private let store: Store
  private let work: Work

  init() throws {
    temporary = try TemporaryWorkspace()
    store = try temporary.open()
    work = try Work(store)
  }

  private func attempt(from step: Int) throws -> Int {
    if try store.stage("pretrain", of: work.run).status == .running {
      try store.interruptStage(
        work.lease, stage: work.stage.id,
        attempt: try store.attempts(stage: work.stage.id).count, ProgressBatch(), cause: "test")
    }
    return try store.beginAttempt(work.lease, stage: work.stage.id, fromStep: step)
  }

  private func checkpoint(_ attempt: Int, _ step: Int) throws {
    try store.saveCheckpoint(
      work.lease, stage: work.stage, attempt: attempt, step: step,
      files: [
        "weights": FileContent(Data("weights \(step)".utf8)),
        "tokenizer": FileContent(Data("same".utf8)),
      ],
      ProgressBatch())
  }

  private var objectFiles: Int {
    let found = FileManager.default.subpaths(atPath: temporary.workspace.objects) ?? []
    return found.filter { $0.contains("/") }.count
  }

  @Test("metrics beyond the restored step are superseded, not doubled, however often")
  func superseded() throws {
    for (from, value) in [(0, 1.0), (4, 2.0), (2, 3.0)] {
      let attempt = try attempt(from: from)
      try store.saveProgress(
        work.lease, stage: work.stage.id, attempt: attempt,
        metrics((from + 1)...(from + 5), value: value))
    }
    let live = try store.metrics(run: work.run.id)
    #expect(live.map(\.step) == Array(1...7))
    #expect(live.map(\.value) == [1, 1, 3, 3, 3, 3, 3])
  }

  @Test("a metric of no step is the newest attempt's")
  func stepless() throws {
    for value in [1.0, 2.0] {
      let attempt = try attempt(from: 0)
      try store.saveProgress(
        work.lease, stage: work.stage.id, attempt: attempt, metrics(0...0, value: value))
    }
    #expect(try store.metrics(run: work.run.id).map(\.value) == [2])
  }

  @Test("numbers that are not finite are stored as NULL")
  func nonFinite() throws {
    var batch = metrics(1...1, name: "a", value: .nan)
    batch.metrics += metrics(1...1, name: "b", value: .infinity).metrics
    batch.metrics += metrics(1...1, name: "c", value: 0.1).metrics
    try store.saveProgress(
      work.lease, stage: work.stage.id, attempt: try attempt(from: 0), batch)
    #expect(try store.metrics(run: work.run.id).map(\.value) == [nil, nil, 0.1])
    #expect(try store.metrics(run: work.run.id, name: "c").count == 1)
  }

  @Test("samples come back bit for bit, and recording one again replaces it")
  func samples() throws {
    let attempt = try attempt(from: 0)
    var batch = ProgressBatch()
    batch.samples = [sample(step: 1, 0, completion: "old"), sample(step: 1, 1, reward: 0)]
    try store.saveProgress(work.lease, stage: work.stage.id, attempt: attempt, batch)
    batch.samples = [sample(step: 1, 0, completion: "nëw")]
    try store.saveProgress(work.lease, stage: work.stage.id, attempt: attempt, batch)
    let found = try store.samples(run: work.run.id)
    #expect(found.count == 2 && found[0] == sample(step: 1, 0, completion: "nëw"))
    #expect(try store.samples(run: work.run.id, wrongOnly: true).map(\.sample) == [1])
    #expect(try store.samples(run: work.run.id, step: 2).isEmpty)
  }

  @Test("samples of an interrupted step are offered to the next attempt and not doubled by it")
  func openStep() throws {
    let first = try attempt(from: 0)
    var batch = ProgressBatch()
    batch.samples = [sample(step: 3, 0), sample(step: 3, 1), sample(step: 4, 0)]
    try store.saveProgress(work.lease, stage: work.stage.id, attempt: first, batch)
    let second = try attempt(from: 2)
    let stored = try store.storedSamples(stage: work.stage.id, before: second, step: 3)
    #expect(stored.map(\.sample) == [0, 1])
    #expect(try store.samples(run: work.run.id).isEmpty)
    batch.samples = stored
    try store.saveProgress(work.lease, stage: work.stage.id, attempt: second, batch)
    let third = try attempt(from: 2)
    #expect(try store.storedSamples(stage: work.stage.id, before: third, step: 3) == stored)
    #expect(try store.storedSampleCount(stage: work.stage.id, step: 3) == stored.count)
    try store.saveProgress(work.lease, stage: work.stage.id, attempt: third, batch)
    #expect(try store.samples(run: work.run.id).map(\.sample) == [0, 1])
  }

  @Test("the newest two checkpoints are kept, and no file that none of them needs")
  func retention() throws {
    let attempt = try attempt(from: 0)
    for step in 1...5 { try checkpoint(attempt, step) }
    #expect(try store.checkpoints(stage: work.stage.id).map(\.step) == [5, 4])
    // Two manifests, two weights, one tokenizer.
    #expect(objectFiles == 5)
    try work.finish(
      work.stage, attempt: attempt, ["model": ["w": FileContent(Data("weights 5".utf8))]])
    #expect(try store.checkpoints(stage: work.stage.id).isEmpty)
    #expect(objectFiles == 2)
    let digest = try #require(try store.outputs(stage: work.stage.id)["model"])
    #expect(
      try store.objects.read(store.objects.manifest(digest).files["w"]?.sha256 ?? "")
        == Data("weights 5".utf8))
    #expect(try store.integrityProblems() == [])
  }

  @Test("files stay while another process writes, and go with the next sweep")
  func sweepWaits() throws {
    let attempt = try attempt(from: 0)
    for step in 1...2 { try checkpoint(attempt, step) }
    let writer = try FileLock.take(temporary.workspace.objectsLock, exclusive: false)
    try checkpoint(attempt, 3)
    #expect(try store.checkpoints(stage: work.stage.id).map(\.step) == [3, 2])
    #expect(objectFiles == 7)
    writer?.release()
    try store.sweep()
    #expect(objectFiles == 5)
  }

  @Test("a broken newest checkpoint is set aside, and the one before it is used")
  func fallsBack() throws {
    let attempt = try attempt(from: 0)
    for step in 1...2 { try checkpoint(attempt, step) }
    let weights = store.objects.path(FileDigest.of(Data("weights 2".utf8)))
    try FileManager.default.removeItem(atPath: weights)
    try Data("weightz 2".utf8).write(to: URL(fileURLWithPath: weights))
    let point = try store.resumePoint(work.lease, stage: work.stage.id)
    #expect(point?.step == 1)
    #expect(
      point?.files == [
        "weights": FileDigest.of(Data("weights 1".utf8)),
        "tokenizer": FileDigest.of(Data("same".utf8)),
      ])
    #expect(try store.checkpoints(stage: work.stage.id).map(\.corrupt) == [true, false])
    let event = try store.events(run: work.run.id).last { $0.kind == "checkpoint corrupt" }
    #expect(event?.stage == "pretrain" && event?.data["step"] == .number(2))
    // The bytes can be written again under their name.
    try checkpoint(attempt, 2)
    #expect(try store.resumePoint(work.lease, stage: work.stage.id)?.step == 2)
  }

  @Test("a stage without a good checkpoint starts anew")
  func noneLeft() throws {
    let attempt = try attempt(from: 0)
    try checkpoint(attempt, 1)
    let manifest = try #require(try store.checkpoints(stage: work.stage.id).first?.manifest)
    try FileManager.default.removeItem(atPath: store.objects.path(manifest))
    #expect(try store.resumePoint(work.lease, stage: work.stage.id) == nil)
  }

  @Test("items and logs are kept, and an item scored again is replaced")
  func itemsAndLogs() throws {
    let attempt = try attempt(from: 0)
    var batch = ProgressBatch()
    batch.items = [
      Item(evaluation: "test", item: 1, sample: 0, score: 0),
      Item(evaluation: "test", item: 0, sample: 0, score: .nan),
    ]
    batch.logs = ["half way"]
    try store.saveProgress(work.lease, stage: work.stage.id, attempt: attempt, batch)
    batch.items = [Item(evaluation: "test", item: 1, sample: 0, score: 1)]
    batch.logs = []
    try store.saveProgress(work.lease, stage: work.stage.id, attempt: attempt, batch)
    #expect(try store.items(run: work.run.id).map(\.score) == [nil, 1])
    let logs = try store.events(run: work.run.id, stage: "pretrain").filter { $0.kind == "log" }
    #expect(logs.map(\.data) == [["message": .text("half way")]])
  }
}
