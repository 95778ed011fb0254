import Foundation
import GRDB
import Host
import Testing

@testable import Storage

@Suite("Removal, collection and checks") struct UpkeepTests {
  private let temporary: TemporaryWorkspace
  private let store: Store

  init() throws {
    temporary = try TemporaryWorkspace()
    store = try temporary.open()
  }

  private var objectFiles: Set<String> {
    get throws { Set(try store.objects.files().map(\.path)) }
  }

  /// A run with a finished first stage, and a checkpoint in the second.
  private func finished(_ name: String, key: String = "k") throws -> Work {
    let work = try Work(store, newRun(name, key: key))
    let first = try store.beginAttempt(work.lease, stage: work.stage.id, fromStep: 0)
    try work.finish(
      work.stage, attempt: first, ["model": ["weights": FileContent(Data("\(name) model".utf8))]])
    let second = try store.stage("sft", of: work.run)
    let attempt = try store.beginAttempt(work.lease, stage: second.id, fromStep: 0)
    for step in [1, 2] {
      try store.saveCheckpoint(
        work.lease, stage: second, attempt: attempt, step: step,
        files: ["weights": FileContent(Data("\(name) step \(step)".utf8))],
        metrics(step...step, value: 1))
    }
    return work
  }

  private func damage(_ text: String, _ change: (String) throws -> Void) throws {
    let path = store.objects.path(FileDigest.of(Data(text.utf8)))
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
    try change(path)
  }

  @Test("a removed run takes its rows and its files with it, and nothing of others")
  func remove() throws {
    let kept = try finished("kept")
    try store.endRun(kept.lease, .interrupted)
    let before = try objectFiles
    let work = try finished("gone", key: "other")
    try store.endRun(work.lease, .interrupted)
    #expect(try objectFiles.count > before.count)
    try store.removeRun(id: work.run.id)
    #expect(try objectFiles == before)
    #expect(try store.runs().map(\.name) == ["kept"])
    #expect(try store.metrics(run: kept.run.id).count == 2)
    #expect(try store.integrityProblems().isEmpty)
    #expect(!FileManager.default.fileExists(atPath: store.workspace.runFolder(work.run.id)))
  }

  @Test(
    "a folder of the workspace that is missing is named; --repair and the next run make it again")
  func missingFolder() throws {
    let work = try finished("lost")
    try store.endRun(work.lease, .interrupted)
    let folder = store.workspace.objects
    try FileManager.default.removeItem(atPath: folder)
    let found = try store.findings(deep: false, repair: false)
    #expect(
      found.first
        == Finding(
          level: .error, message: "the folder \(folder) is missing",
          remedy: "move it back if it was moved; the next run, or --repair, creates it again, "
            + "empty",
          isMended: false)
    )
    #expect(found.contains { $0.message.hasPrefix("lost/") && $0.message.hasSuffix("is missing") })
    #expect(try store.collect(dryRun: true) == Freed())
    #expect(try store.findings(deep: false, repair: true).first?.remedy == "made again, empty")
    #expect(FileManager.default.fileExists(atPath: folder))
    try FileManager.default.removeItem(atPath: folder)
    try store.claim(run: work.run.id).release()
    #expect(FileManager.default.fileExists(atPath: folder))
  }

  @Test("a damaged checkpoint's remedy names the one that is gone on from, if there is one")
  func remedies() throws {
    let work = try finished("r")
    try store.endRun(work.lease, .interrupted)
    func remedies() throws -> [String] {
      try store.findings(deep: false, repair: false).filter { $0.level == .error }.map(\.remedy)
    }
    try damage("r step 2") { try FileManager.default.removeItem(atPath: $0) }
    #expect(
      try remedies() == [
        "resume continues from the checkpoint of step "
          + "1; --repair sets it aside now"
      ]
    )
    try damage("r step 1") { try FileManager.default.removeItem(atPath: $0) }
    let none =
      "there is no other checkpoint, so resume starts the stage again; "
      + "--repair sets it aside now"
    #expect(try remedies() == [none, none])
  }

  @Test("a result that was set aside is remembered while its stage is made again")
  func loss() throws {
    let work = try finished("r")
    try store.endRun(work.lease, .interrupted)
    #expect(try !store.hadLoss(stage: work.stage.id))
    try damage("r model") { try FileManager.default.removeItem(atPath: $0) }
    _ = try store.findings(deep: false, repair: true)
    #expect(try store.stage("pretrain", of: work.run).status == .pending)
    #expect(try store.hadLoss(stage: work.stage.id))
  }

  @Test("files that cannot be read or made are told in the system's words")
  func systemWords() throws {
    let remedy = "check the path and its permissions, then try again"
    let place = "/proc/nosuch"
    #expect(
      storageError { _ = try store.backup(to: place) }?.message
        == "cannot make the folder \(place): No such file or directory; \(remedy)")
    let work = try finished("r")
    let answer = store.workspace.reviewedFile(work.run.id, stage: "check")
    try FileManager.default.createDirectory(
      atPath: answer, withIntermediateDirectories: true)
    let error = storageError {
      _ = try store.handOut(Data("x".utf8), run: work.run.id, stage: "check")
    }
    #expect(error?.message == "cannot read \(answer): Is a directory; \(remedy)")
  }

  @Test("an error of the database says what, where and what to do, without the statement")
  func databaseErrors() throws {
    func message(_ code: ResultCode) throws -> String? {
      storageError {
        try store.write { db in
          throw DatabaseError(
            resultCode: code, message: "it says so", sql: "INSERT\nINTO run", arguments: [])
        }
      }?.message
    }
    let place = "database \(store.workspace.database): it says so (SQLite "
    let lost = "nothing committed is lost: "
    #expect(
      try message(.SQLITE_FULL) == place + "13); " + lost
        + "make room (`regimen gc`, `regimen rm RUN`), then `regimen resume`")
    #expect(
      try message(.SQLITE_IOERR) == place + "10); " + lost
        + "check the disk, then `regimen resume` continues")
    #expect(try message(.SQLITE_CORRUPT)?.contains("`regimen doctor`") == true)
  }

  @Test("a run at work, and one whose stages others reuse, stay")
  func refuse() throws {
    let origin = try finished("origin")
    #expect(storageError { try store.removeRun(id: origin.run.id) }?.code == .held)
    try store.endRun(origin.lease, .interrupted)
    let user = try Work(store, newRun("user"))
    try store.adoptStage(user.lease, stage: user.stage.id, from: origin.stage.id)
    try store.endRun(user.lease, .interrupted)
    let error = storageError { try store.removeRun(id: origin.run.id) }
    #expect(error?.code == .held)
    #expect(error?.message.contains("user (\(user.run.id))") == true)
    #expect(try store.runs().count == 2)
    try store.removeRun(id: user.run.id)
    try store.removeRun(id: origin.run.id)
    #expect(try objectFiles.isEmpty)
  }

  @Test("collecting deletes what no row names, and only that")
  func collect() throws {
    let work = try finished("r")
    let before = try objectFiles
    let orphan = try store.objects.put(Data("nobody's".utf8))
    let temporary = "\(store.workspace.temporary)/abc-999999999-1"
    try Data(count: 10).write(to: URL(fileURLWithPath: temporary))
    let own = "\(store.workspace.temporary)/abc-\(getpid())-1"
    try Data(count: 10).write(to: URL(fileURLWithPath: own))
    let planned = try store.collect(dryRun: true)
    #expect(planned?.files == 2)
    #expect(planned?.bytes == 18)
    #expect(try objectFiles == before.union([store.objects.path(orphan)]))
    #expect(try store.collect(dryRun: false) == planned)
    #expect(try objectFiles == before)
    #expect(!FileManager.default.fileExists(atPath: temporary))
    #expect(FileManager.default.fileExists(atPath: own), "this process may be writing it")
    #expect(try store.collect(dryRun: false) == Freed())
    try store.endRun(work.lease, .interrupted)
  }

  @Test("nothing is found in a sound workspace; missing, cut and changed objects are")
  func findings() throws {
    let work = try finished("r")
    try store.endRun(work.lease, .interrupted)
    #expect(try store.findings(deep: true, repair: false).isEmpty)
    try damage("r model") { try FileManager.default.removeItem(atPath: $0) }
    try damage("r step 1") { try Data("cut".utf8).write(to: URL(fileURLWithPath: $0)) }
    try damage("r step 2") { try Data("r step 3".utf8).write(to: URL(fileURLWithPath: $0)) }
    let again = try temporary.open()
    let quick = try again.findings(deep: false, repair: false).map(\.message)
    #expect(quick.count == 2)
    let missing = quick.first { $0.hasPrefix("r/pretrain, output model:") }
    #expect(missing?.hasSuffix("is missing") == true)
    #expect(quick.contains { $0.hasPrefix("r/sft, checkpoint of step 1:") })
    let deep = try again.findings(deep: true, repair: false)
    #expect(deep.count == 3)
    #expect(deep.allSatisfy { $0.level == .error })
    #expect(deep.contains { $0.message.hasPrefix("r/sft, checkpoint of step 2:") })
  }

  @Test("repair sets broken checkpoints aside and shares broken results no more")
  func repair() throws {
    let work = try finished("r")
    try store.endRun(work.lease, .interrupted)
    try damage("r model") { try FileManager.default.removeItem(atPath: $0) }
    try damage("r step 2") { try Data("r step 3".utf8).write(to: URL(fileURLWithPath: $0)) }
    let again = try temporary.open()
    #expect(try again.findings(deep: true, repair: true).count == 2)
    #expect(try again.cachedStage(key: "k1") == nil)
    let sft = try again.stage("sft", of: work.run)
    #expect(try again.checkpoints(stage: sft.id).filter { !$0.corrupt }.map(\.step) == [1])
    // The run has not finished: it makes the output again when it is resumed.
    #expect(try again.stage("pretrain", of: work.run).status == .pending)
    #expect(try again.findings(deep: true, repair: false).isEmpty)
  }

  @Test("a lost result of a finished run is told once; nothing relies on it until it is made again")
  func lost() throws {
    let work = try Work(store, newRun("r"))
    for name in ["pretrain", "sft"] {
      let stage = try store.stage(name, of: work.run)
      let attempt = try store.beginAttempt(work.lease, stage: stage.id, fromStep: 0)
      try work.finish(
        stage, attempt: attempt, ["model": ["weights": FileContent(Data("r \(name)".utf8))]])
    }
    try store.endRun(work.lease, .succeeded)
    try damage("r pretrain") { try FileManager.default.removeItem(atPath: $0) }
    let again = try temporary.open()
    #expect(try again.findings(deep: false, repair: false).count == 1)
    let told = try again.findings(deep: false, repair: true)
    #expect(told.count == 1 && told.allSatisfy(\.isMended))
    #expect(told.first?.message.hasPrefix("r/pretrain, output model: object ") == true)
    #expect(try again.findings(deep: true, repair: false).isEmpty, "the second look is clean")
    let stage = try again.stage("pretrain", of: work.run)
    #expect(stage.status == .succeeded && stage.lost?.hasSuffix("is missing") == true)
    #expect(try again.cachedStage(key: "k1") == nil && !again.hasOutputs(stage: stage.id))
    #expect(try again.earlierStages(key: "k1").map(\.isLost) == [true])
    // A copy of what is there is whole.
    let copy = Workspace(temporary.workspace.folder + "/copy")
    #expect(try again.backup(to: copy.folder).files == 2)
    #expect(try Store(workspace: copy).findings(deep: true, repair: false).isEmpty)
    // The same bytes again heal all that had lost them.
    let newer = try Work(again, newRun("newer"))
    let attempt = try again.beginAttempt(newer.lease, stage: newer.stage.id, fromStep: 0)
    try newer.finish(
      newer.stage, attempt: attempt, ["model": ["weights": FileContent(Data("r pretrain".utf8))]])
    try again.endRun(newer.lease, .interrupted)
    #expect(try again.stage("pretrain", of: work.run).lost == nil)
    #expect(try again.findings(deep: true, repair: false).isEmpty)
  }

  @Test("a result that was found lost while its run went on is made again once the run has stopped")
  func lostMeanwhile() throws {
    let work = try finished("r")
    try damage("r model") { try FileManager.default.removeItem(atPath: $0) }
    let again = try temporary.open()
    #expect(try again.findings(deep: false, repair: true).count == 1)
    #expect(try again.stage("pretrain", of: work.run).status == .succeeded)
    try store.endRun(work.lease, .interrupted)
    #expect(try store.stage("pretrain", of: work.run).status == .pending)
  }

  @Test("the file system of a path is that of the longest mount point above it")
  func fileSystems() {
    let mounts = """
      22 1 0:20 / / rw,relatime shared:1 - ext4 /dev/vda rw
      30 22 0:30 / /home rw shared:2 master:1 - nfs4 server:/home rw
      31 30 0:31 / /home/me/my\\040disk rw - xfs /dev/vdb rw
      32 22 0:32 / /home2 rw - tmpfs none rw
      broken line
      """
    for (path, type) in [
      ("/", "ext4"), ("/homes", "ext4"), ("/home", "nfs4"), ("/home/me/x", "nfs4"),
      ("/home/me/my disk/x", "xfs"), ("/home2/a", "tmpfs"),
    ] {
      #expect(FileSystem.type(of: path, mounts: mounts) == type, "\(path)")
    }
    #expect(FileSystem.type(of: "/", mounts: "") == nil)
  }
}
