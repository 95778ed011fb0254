import Foundation
import GRDB
import Host
import Testing

@testable import Storage

@Suite struct SchemaTests {
  private let temporary: TemporaryWorkspace

  init() throws { temporary = try TemporaryWorkspace() }

  private func rawDatabase() throws -> DatabaseQueue {
    try FileManager.default.createDirectory(
      atPath: temporary.workspace.runs, withIntermediateDirectories: true)
    return try DatabaseQueue(path: temporary.workspace.database)
  }

  @Test("a new workspace is marked as ours and sound")
  func opensNew() throws {
    let store = try temporary.open()
    #expect(try store.integrityProblems() == [])
    let (ours, version, journal, synchronous, keys) = try store.read { db in
      (
        try Int.fetchOne(db, sql: "PRAGMA application_id"),
        try Int.fetchOne(db, sql: "PRAGMA user_version"),
        try String.fetchOne(db, sql: "PRAGMA journal_mode"),
        try Int.fetchOne(db, sql: "PRAGMA synchronous"),
        try Int.fetchOne(db, sql: "PRAGMA foreign_keys")
      )
    }
    #expect(ours == 0x5247_4D4E && version == Schema.migrations.count)
    #expect(journal == "truncate" && synchronous == 3 && keys == 1)
  }

  @Test("a workspace that is not there is an error, not a new one, for a command that only reads")
  func refusesMissing() throws {
    let error = storageError { _ = try Store(workspace: temporary.workspace, create: false) }
    #expect(error?.exitCode == 4)
    #expect(!temporary.workspace.exists)
  }

  @Test("a database of a newer version is refused with exit 7 and left alone")
  func refusesNewer() throws {
    try temporary.open().write { try $0.execute(sql: "PRAGMA user_version = 99") }
    let error = storageError { _ = try temporary.open() }
    #expect(error?.exitCode == 7)
    #expect(
      error?.message == "\(temporary.workspace.database) has schema 99, this program knows up to "
        + "\(Schema.migrations.count): use the newer regimen that wrote it")
    let version = try rawDatabase().read { try Int.fetchOne($0, sql: "PRAGMA user_version") }
    #expect(version == 99)
  }

  @Test("a database of another program is refused with exit 6")
  func refusesForeign() throws {
    try rawDatabase().write { try $0.execute(sql: "CREATE TABLE note (text TEXT)") }
    #expect(storageError { _ = try temporary.open() }?.exitCode == 6)
  }

  @Test("a file that is no database is an error that names it")
  func refusesGarbage() throws {
    try FileManager.default.createDirectory(
      atPath: temporary.workspace.runs, withIntermediateDirectories: true)
    try Data(repeating: 65, count: 4096).write(
      to: URL(fileURLWithPath: temporary.workspace.database))
    let error = storageError { _ = try temporary.open() }
    #expect(error?.exitCode == 6)
    #expect(error?.message.contains(temporary.workspace.database) == true)
  }

  @Test(
    "every earlier schema migrates, after a copy was made", arguments: 1..<Schema.migrations.count)
  func migrates(version: Int) throws {
    let earlier = Array(Schema.migrations[..<version])
    try Schema.migrate(rawDatabase(), path: "earlier", migrations: earlier)
    let store = try temporary.open()
    let work = try Work(store)
    try store.saveProgress(
      work.lease, stage: work.stage.id,
      attempt: try store.beginAttempt(work.lease, stage: work.stage.id, fromStep: 0),
      metrics(1...3, value: 2))
    #expect(try store.metrics(run: work.run.id).count == 3)
    let copy = Schema.backup(of: temporary.workspace.database, version: version)
    let kept = try DatabaseQueue(path: copy).read {
      try Int.fetchOne($0, sql: "PRAGMA user_version")
    }
    #expect(kept == version)
  }

  @Test("a finished stage and a finished run cannot change their status")
  func finalStates() throws {
    let store = try temporary.open()
    let work = try Work(store)
    let attempt = try store.beginAttempt(work.lease, stage: work.stage.id, fromStep: 0)
    try work.finish(work.stage, attempt: attempt, ["model": ["w": FileContent(Data([1]))]])
    try store.endRun(work.lease, .succeeded)
    for sql in [
      "UPDATE stage SET status = 'failed' WHERE status = 'succeeded'",
      "UPDATE run SET status = 'running'",
    ] {
      #expect(storageError { try store.write { try $0.execute(sql: sql) } }?.exitCode == 6)
    }
    #expect(try store.run(id: work.run.id).status == .succeeded)
  }
}
