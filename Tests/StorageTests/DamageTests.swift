import Foundation
import GRDB
import Host
import Testing

@testable import Storage

@Suite("Databases that are lost, old, malformed or torn") struct DamageTests {
  private let temporary: TemporaryWorkspace
  private let workspace: Workspace

  init() throws {
    temporary = try TemporaryWorkspace()
    workspace = temporary.workspace
  }

  /// A run with a result, interrupted.
  @discardableResult
  private func finished(_ store: Store, _ name: String, key: String = "k") throws -> RunRecord {
    let work = try Work(store, newRun(name, key: key))
    let attempt = try store.beginAttempt(work.lease, stage: work.stage.id, fromStep: 0)
    try work.finish(
      work.stage, attempt: attempt, ["model": ["w": FileContent(Data("\(name) model".utf8))]])
    try store.endRun(work.lease, .interrupted)
    return work.run
  }

  private func copyDatabase(to path: String) throws {
    try? FileManager.default.removeItem(atPath: path)
    try FileManager.default.copyItem(atPath: workspace.database, toPath: path)
  }

  @Test(
    "an empty or missing database beside files of runs is said to be lost, and nothing is touched")
  func lost() throws {
    try finished(temporary.open(), "r")
    let files = try FileManager.default.subpathsOfDirectory(atPath: workspace.runs).sorted()
    try Data().write(to: URL(fileURLWithPath: workspace.database))
    for create in [true, false] {
      let error = storageError { _ = try Store(workspace: workspace, create: create) }
      #expect(error?.exitCode == 6)
      #expect(error?.message.contains("is empty (0 bytes), and 1 run folder and ") == true)
    }
    #expect(Store.damage(workspace).isEmpty)
    try FileManager.default.removeItem(atPath: workspace.database)
    for create in [true, false] {
      let error = storageError { _ = try Store(workspace: workspace, create: create) }
      #expect(error?.exitCode == 6 && error?.message.contains("is missing") == true)
    }
    let left = try FileManager.default.subpathsOfDirectory(atPath: workspace.runs).sorted()
    #expect(left == files.filter { $0 != "regimen.sqlite" })
  }

  @Test("with a database that is older than the files nothing is deleted")
  func old() throws {
    let old = "\(workspace.folder)/old.sqlite"
    try finished(temporary.open(), "first")
    try copyDatabase(to: old)
    let second = try finished(temporary.open(), "second", key: "other")
    try FileManager.default.removeItem(atPath: workspace.database)
    try FileManager.default.copyItem(atPath: old, toPath: workspace.database)
    let store = try temporary.open()
    let files = try store.objects.files().map(\.path).sorted()
    let error = storageError { _ = try store.collect(dryRun: false) }
    #expect(error?.exitCode == 6)
    #expect(error?.message.contains("does not know 1 run (\(second.id)) and 1 result") == true)
    #expect(storageError { _ = try store.collect(dryRun: true) }?.exitCode == 6)
    let findings = try store.findings(deep: true, repair: true)
    #expect(findings.map(\.level) == [.error] && findings.map(\.isMended) == [false])
    #expect(!findings.contains { $0.remedy.contains("`regimen gc` deletes them") })
    #expect(try store.objects.files().map(\.path).sorted() == files)
    #expect(try store.collect(dryRun: false, force: true)?.files == 2)
  }

  @Test("what is left of a removed run, and of a checkpoint that was not named, is collected")
  func leftovers() throws {
    let store = try temporary.open()
    let run = try finished(store, "gone")
    try finished(store, "kept", key: "other")
    try store.removeRun(id: run.id)
    // As if the process had died before it deleted the folder.
    try Files.makeFolder(workspace.runFolder(run.id))
    try Data().write(to: URL(fileURLWithPath: workspace.lock(run.id)))
    _ = try store.objects.put(
      files: ["w": FileContent(Data("step 7".utf8))], step: 7, kind: "walk", key: "other2")
    #expect(try store.findings(deep: true, repair: false).map(\.level) == [.warning])
    #expect(try store.collect(dryRun: false)?.files == 2)
    #expect(!FileManager.default.fileExists(atPath: workspace.runFolder(run.id)))
    #expect(try store.findings(deep: true, repair: false).isEmpty)
  }

  @Test("a malformed database is called so before anything is written to it")
  func malformed() throws {
    try finished(temporary.open(), "r")
    #expect(Store.damage(workspace).isEmpty)
    var bytes = try Data(contentsOf: URL(fileURLWithPath: workspace.database))
    let sound = bytes
    // The page of a table, and then the header.
    for range in [4096 * 3..<4096 * 4, 4096 * 10..<4096 * 14] {
      bytes.replaceSubrange(range, with: Data(repeating: 0x5A, count: range.count))
    }
    for broken in [bytes, Data("no database at all".utf8) + sound.dropFirst(18)] {
      try broken.write(to: URL(fileURLWithPath: workspace.database))
      #expect(!Store.damage(workspace).isEmpty)
      #expect(try Data(contentsOf: URL(fileURLWithPath: workspace.database)) == broken)
    }
    let remedy = Finding.database("x", workspace).remedy
    #expect(remedy.contains(".recover") && remedy.contains(workspace.database))
  }

  private func copied() throws -> Workspace {
    let copy = Workspace("\(workspace.folder)/copy")
    try FileManager.default.createDirectory(
      atPath: copy.folder, withIntermediateDirectories: true)
    try FileManager.default.copyItem(atPath: workspace.runs, toPath: copy.runs)
    return copy
  }

  @Test(
    "a copy is looked through once: a whole one is used, a torn one refused until it is repaired")
  func torn() throws {
    let store = try temporary.open()
    let run = try finished(store, "r")
    let whole = try copied()
    let opened = try Store(workspace: whole, create: false)
    #expect(try opened.runs().map(\.id) == [run.id])
    try FileManager.default.removeItem(atPath: whole.folder)

    let torn = try copied()
    let model = ObjectStore.path(FileDigest.of(Data("r model".utf8)), in: torn)
    try FileManager.default.removeItem(atPath: model)
    let error = storageError { _ = try Store(workspace: torn, create: false) }
    #expect(error?.exitCode == 6 && error?.message.contains("is an incomplete copy") == true)
    #expect(error?.message.contains("`regimen backup -C ORIGINAL DIR` makes") == true)
    let doctor = try Store(workspace: torn, create: false, checkingCopy: false)
    #expect(try doctor.findings(deep: false, repair: true).map(\.isMended) == [true])
    doctor.acceptAsOriginal()
    let repaired = try Store(workspace: torn, create: false)
    #expect(try repaired.stage("pretrain", of: run).status == .pending)
    // A workspace that was never copied is not looked through.
    #expect(try Store(workspace: workspace, create: false).runs().count == 1)
  }

  @Test(
    "a backup is whole, made while a run goes on, and a workspace of its own",
    arguments: [true, false])
  func backup(copying: Bool) throws {
    let store = try temporary.open()
    try finished(store, "done")
    let work = try Work(store, newRun("live", key: "live"))
    let attempt = try store.beginAttempt(work.lease, stage: work.stage.id, fromStep: 0)
    try store.saveCheckpoint(
      work.lease, stage: work.stage, attempt: attempt, step: 3,
      files: ["w": FileContent(Data("step 3".utf8))], metrics(1...3, value: 1))
    try Data("rows".utf8).write(
      to: URL(fileURLWithPath: workspace.reviewFile(work.run.id, stage: "pretrain")))
    let folder = "\(workspace.folder)/far/backup"
    let backup = try store.backup(to: folder, copying: copying)
    #expect(backup.runs == 2 && backup.files == 4)
    #expect(storageError { _ = try store.backup(to: folder) }?.exitCode == 6)
    // The original goes on, and its objects go.
    try store.endRun(work.lease, .interrupted)
    try store.removeRun(id: work.run.id)

    let copy = try Store(workspace: Workspace(folder), create: false)
    #expect(try copy.findings(deep: true, repair: false).isEmpty)
    #expect(try copy.runs().map(\.status) == [.interrupted, .interrupted])
    #expect(try copy.checkpoints(stage: work.stage.id).map(\.step) == [3])
    #expect(
      FileManager.default.fileExists(
        atPath: copy.workspace.reviewFile(work.run.id, stage: "pretrain")))
    #expect(try copy.integrityProblems().isEmpty)
  }
}
