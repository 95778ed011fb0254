import Foundation
import GRDB
import Testing

@testable import Storage

@Suite struct ExperimentTests {
  private let temporary: TemporaryWorkspace

  init() throws { temporary = try TemporaryWorkspace() }

  @Test("an experiment is written as a whole, in its order, and found by its name")
  func whole() throws {
    let store = try temporary.open()
    let runs = try store.createExperiment("e", [newRun("e-1"), newRun("e-2", key: "x")])
    #expect(runs.map(\.position) == [1, 2])
    #expect(runs.map(\.status) == [.created, .created])
    let experiment = try #require(try store.experiment(of: runs[1]))
    #expect(experiment.runs.map(\.name) == ["e-1", "e-2"])
    #expect(try store.resumeTarget(selector: "e") == .experiment(experiment))
    #expect(try store.resumeTarget(selector: "e-2") == .run(runs[1]))
    #expect(try store.newestUnfinished() == .experiment(experiment))
    #expect(try store.handle(of: experiment) == "e")
    #expect(storageError { _ = try store.resumeTarget(selector: "nothing") }?.exitCode == 4)
    let lease = try store.claim(run: runs[0].id)
    #expect(try store.run(selector: "@last").id == runs[0].id, "the newest that was begun")
    try store.endRun(lease, .succeeded)
    #expect(try store.experiment(of: runs[0])?.unfinished.map(\.name) == ["e-2"])
    for run in runs { try store.removeRun(id: run.id) }
    #expect(try store.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM experiment") } == 0)
  }

  @Test("of a run and an experiment of one name the newer is meant; a run keeps its own handle")
  func names() throws {
    let store = try temporary.open()
    let old = try store.createRun(newRun("e"))
    usleep(2000)
    let runs = try store.createExperiment("e", [newRun("e-1"), newRun("e-2")])
    let experiment = try #require(try store.experiment(of: runs[0]))
    #expect(try store.resumeTarget(selector: "e") == .experiment(experiment))
    #expect(try store.resumeHandle(of: old) == old.id)
    #expect(try store.handle(of: old) == "e")
    usleep(2000)
    let new = try store.createRun(newRun("e"))
    #expect(try store.resumeTarget(selector: "e") == .run(new))
    #expect(try store.handle(of: experiment) == experiment.id)
    #expect(try store.handle(of: old) == old.id)
  }

  @Test("an unfinished run whose stages a later run has finished is superseded")
  func superseded() throws {
    let store = try temporary.open()
    let first = try Work(store)
    try store.endRun(first.lease, .interrupted)
    let second = try Work(store)
    for name in ["pretrain", "sft"] {
      let stage = try store.stage(name, of: second.run)
      let attempt = try store.beginAttempt(second.lease, stage: stage.id, fromStep: 0)
      try second.finish(stage, attempt: attempt, [:])
    }
    #expect(try store.supersededRuns() == [])
    try store.endRun(second.lease, .succeeded)
    #expect(try store.supersededRuns() == [first.run.id])
    #expect(try store.newestUnfinishedRun() == nil)
  }

  @Test(
    "why a process is gone: what it said, another boot, processes ended for memory, else a kill")
  func causes() throws {
    let work = try Work(try temporary.open())
    _ = try work.store.beginAttempt(work.lease, stage: work.stage.id, fromStep: 0)
    work.lease.release()
    let changes = [
      ("message = 'quit'", "quit"),
      ("message = NULL, boot = 'another'", "the machine was restarted"),
      ("message = NULL, boot = NULL, oom_kills = -1", "probably because memory ran out"),
      ("message = NULL, oom_kills = NULL", "its process died: killed (kill -9) or crashed"),
      ("message = NULL, host = 'elsewhere'", "its process on elsewhere is gone"),
    ]
    for (change, words) in changes {
      try work.store.write {
        try $0.execute(
          sql: "UPDATE run SET status = 'running', heartbeat_at = 5000, \(change)")
      }
      let run = try temporary.open().run(id: work.run.id)
      #expect(run.status == .interrupted && run.endedAt == 5000)
      #expect(run.message?.contains(words) == true, "\(run.message ?? "")")
    }
  }

  @Test("where a death cannot be written down, it is shown all the same")
  func unwritable() throws {
    let work = try Work(try temporary.open())
    _ = try work.store.beginAttempt(work.lease, stage: work.stage.id, fromStep: 0)
    work.lease.release()
    try work.store.write { db in
      try db.execute(sql: "UPDATE run SET process = 999999999")
      try db.execute(
        sql: """
          CREATE TRIGGER full BEFORE UPDATE ON run
          BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END
          """)
    }
    let store = try temporary.open()
    #expect(try store.run(id: work.run.id).status == .interrupted)
    #expect(try store.runs().map(\.status) == [.interrupted])
    #expect(try store.stage("pretrain", of: work.run).status == .interrupted)
  }
}
