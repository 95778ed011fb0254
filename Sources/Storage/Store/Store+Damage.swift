import Foundation
import GRDB

/// Databases that are broken, lost, or do not belong to the files next to them.
extension Store {
  /// SQLite's report on a malformed database, before anything is written to it; empty for a sound
  /// one, or one that cannot be opened for another reason.
  public static func damage(_ workspace: Workspace) -> [String] {
    guard Files.size(workspace.database) ?? 0 > 0 else { return [] }
    do {
      var configuration = Configuration()
      configuration.readonly = true
      return try DatabaseQueue(path: workspace.database, configuration: configuration)
        .read(integrity)
    } catch let error as DatabaseError
      where [.SQLITE_CORRUPT, .SQLITE_NOTADB].contains(error.resultCode)
    {
      return [error.message ?? error.resultCode.description]
    } catch {
      return []
    }
  }

  private static func integrity(_ db: Database) throws -> [String] {
    try String.fetchAll(db, sql: "PRAGMA integrity_check").filter { $0 != "ok" }
  }

  /// Problems that SQLite itself sees: empty when the file is sound.
  public func integrityProblems() throws -> [String] {
    try read(Self.integrity) + foreignKeyProblems()
  }

  /// Rows that name rows that are not there.
  func foreignKeyProblems() throws -> [String] {
    try read { try Row.fetchAll($0, sql: "PRAGMA foreign_key_check").map { "\($0)" } }
  }

  /// Throws if there are files of runs next to an empty or missing database: a new database would
  /// not know any of them.
  static func requireDatabase(of workspace: Workspace) throws {
    guard Files.size(workspace.database) ?? 0 == 0 else { return }
    let runs = workspace.runFolders.count
    let objects =
      (try? ObjectStore(workspace: workspace, faults: .none).files().count) ?? 0
    guard runs > 0 || objects > 0 else { return }
    throw StorageError.lostDatabase(workspace, runs: runs, objects: objects)
  }

  /// Throws when the workspace is a copy of another in which something is missing or broken, such as one
  /// made while a run wrote to it.
  func checkCopy() throws {
    guard let inode = FileStamp(path: workspace.database)?.inode else { return }
    let known = (try? String(contentsOfFile: workspace.identity, encoding: .utf8)).flatMap {
      Int64($0.trimmingCharacters(in: .whitespacesAndNewlines))
    }
    if known == inode { return }
    if known != nil {
      let broken = try brokenObjects(deep: false) { _, _ in }
      let problems =
        try integrityProblems()
        + broken.sorted { $0.key < $1.key }.map { "object \($0.key.prefix(12)) \($0.value)" }
      guard problems.isEmpty else { throw StorageError.tornCopy(workspace, problems) }
    }
    acceptAsOriginal()
  }

  /// Writes down that this is the workspace that its files belong to. Where that cannot be written, the
  /// next command looks again.
  public func acceptAsOriginal() {
    guard let inode = FileStamp(path: workspace.database)?.inode else { return }
    try? Data("\(inode)\n".utf8).write(
      to: URL(fileURLWithPath: workspace.identity), options: .atomic)
  }

  /// Folders of runs, and manifests of results and checkpoints, that the database does not know: a sign
  /// that it is older than the files.
  func unknownFiles() throws -> UnknownFiles {
    let (runs, removed, keys, known) = try read { db in
      (
        Set(try String.fetchAll(db, sql: "SELECT id FROM run")),
        Set(
          try String.fetchAll(
            db, sql: "SELECT json_extract(data, '$.run') FROM event WHERE kind = ?",
            arguments: [Self.runRemoved])),
        Set(try String.fetchAll(db, sql: "SELECT DISTINCT key FROM stage")),
        Set(try String.fetchAll(db, sql: "SELECT sha256 FROM object"))
      )
    }
    var unknown = UnknownFiles()
    for id in workspace.runFolders where !runs.contains(id) {
      if removed.contains(id) {
        unknown.leftovers.append(workspace.runFolder(id))
      } else {
        unknown.runs.append(id)
      }
    }
    guard Files.isFolder(workspace.objects) else { return unknown }
    for (digest, _) in try objects.files() where !known.contains(digest) {
      // A stage that is known may have died between writing a checkpoint and naming it.
      if let manifest = objects.manifest(ifSmall: digest), manifest.key.map(keys.contains) != true {
        unknown.manifests.append(digest)
      }
    }
    return unknown
  }

  /// The kind of the event that says that a run was removed, so that what is left of it is known.
  static let runRemoved = "run removed"
}
