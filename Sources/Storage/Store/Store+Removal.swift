import Foundation
import GRDB

/// What a removal or a collection frees.
public struct Freed: Sendable, Hashable {
  public var files = 0
  public var bytes = 0

  public init() {}

  mutating func add(bytes: Int) {
    files += 1
    self.bytes += bytes
  }
}

/// Runs removed, and files that nothing names.
extension Store {
  /// Names of other runs that stand on stages of this one.
  public func dependents(run id: String) throws -> [String] {
    try read { db in
      try String.fetchAll(
        db,
        sql: """
          SELECT DISTINCT run.name || ' (' || run.id || ')' FROM stage AS origin
          JOIN stage AS user ON user.origin_id = origin.id JOIN run ON run.id = user.run_id
          WHERE origin.run_id = ?1 AND user.run_id <> ?1 ORDER BY run.created_at
          """, arguments: [id])
    }
  }

  /// Deletes a run with its rows, and the files that only it needed.
  ///
  /// - Throws: `held` while a process works on it, `inUse` while other runs stand on its stages.
  public func removeRun(id: String) throws {
    let record = try run(id: id)
    try Files.makeFolder(workspace.runFolder(id))
    guard let lock = try FileLock.take(workspace.lock(id)) else { throw held(record) }
    defer { lock.release() }
    let users = try dependents(run: id)
    guard users.isEmpty else { throw StorageError.inUse(run: record.name, by: users) }
    try write { db in
      // A run that reused this one's stage meanwhile makes the foreign key fail, and nothing goes.
      try db.execute(sql: "DELETE FROM run WHERE id = ?", arguments: [id])
      try event(db, Self.runRemoved, run: nil, ["run": .text(id)])
      try db.execute(
        sql: "DELETE FROM recipe WHERE id NOT IN (SELECT recipe_id FROM run)")
      try db.execute(
        sql: """
          DELETE FROM experiment WHERE id NOT IN (
            SELECT experiment_id FROM run WHERE experiment_id IS NOT NULL)
          """)
    }
    // Only the database counts; what cannot be deleted here does no harm.
    for folder in [
      workspace.runFolder(id), workspace.tensorBoardFolder(name: record.name, run: id),
    ] { try? FileManager.default.removeItem(atPath: folder) }
    try sweep()
  }

  /// Deletes files that no row names: objects, temporary files of processes that have ended, folders of
  /// runs that were removed.
  ///
  /// - Parameters:
  ///   - dryRun: only count them.
  ///   - force: also where runs, results or checkpoints stand that the database does not know.
  /// - Returns: nil while another process writes objects.
  /// - Throws: `workspace` when such stand and `force` is not set.
  public func collect(dryRun: Bool, force: Bool = false) throws -> Freed? {
    if !force {
      let unknown = try unknownFiles()
      guard unknown.isEmpty else { throw StorageError.unknownToDatabase(unknown) }
    }
    if !dryRun {
      try sweep()
      try sweepClaims()
    }
    return try withOrphans { orphans in
      var freed = Freed()
      for path in orphans {
        freed.add(bytes: Files.size(path) ?? 0)
        if !dryRun { try Files.delete(path, faults: faults) }
      }
      if !dryRun { try deleteLeftovers() }
      return freed
    }
  }

  private func deleteLeftovers() throws {
    for folder in try unknownFiles().leftovers {
      try? FileManager.default.removeItem(atPath: folder)
    }
  }

  /// Calls `body` with the files that no row names, while nobody writes objects; nil if somebody does.
  func withOrphans<Value>(_ body: ([String]) throws -> Value) throws -> Value? {
    guard Files.isFolder(workspace.objects) else { return try body([]) }
    guard let lock = try FileLock.take(workspace.objectsLock) else { return nil }
    defer { lock.release() }
    let known = try read { Set(try String.fetchAll($0, sql: "SELECT sha256 FROM object")) }
    let unnamed = try objects.files().filter { !known.contains($0.digest) }.map(\.path)
    return try body(unnamed + objects.abandonedTemporaries())
  }
}
