import Foundation
import GRDB
import Synchronization

/// The database of a workspace: the only type that speaks SQL.
///
/// One method is one transaction and one thing that happened. Rollback journal, not WAL: SQLite
/// before 3.51.3 can corrupt a WAL file that two connections write.
public final class Store: Sendable {
  public let workspace: Workspace
  public let objects: ObjectStore
  let faults: FaultHook
  /// Milliseconds since 1970.
  let now: @Sendable () -> Int64
  /// Bytes that may still be written; nil where the system does not tell.
  let freeBytes: @Sendable () -> Int?
  /// Runs whose process is gone, by what is known of it, where that could not be written down.
  let dead = Mutex<[String: String]>([:])
  private let queue: DatabaseQueue

  /// Opens a workspace, migrates it, and marks runs whose process died as interrupted.
  ///
  /// - Parameters:
  ///   - create: make the workspace if there is none; otherwise that is an error.
  ///   - checkingCopy: whether a copied workspace is checked before it is used.
  ///   - now: milliseconds since 1970, for tests.
  ///   - freeBytes: room on the disk, for tests.
  public init(
    workspace: Workspace, create: Bool = true, checkingCopy: Bool = true, faults: FaultHook = .none,
    now: (@Sendable () -> Int64)? = nil, freeBytes: (@Sendable () -> Int?)? = nil
  ) throws {
    try Self.requireDatabase(of: workspace)
    guard create || workspace.exists else { throw StorageError.noWorkspace(workspace.folder) }
    if create { try workspace.create() }
    self.workspace = workspace
    self.faults = faults
    self.now = now ?? { Int64(Date().timeIntervalSince1970 * 1000) }
    self.freeBytes = freeBytes ?? { FileSystem.freeBytes(workspace.runs) }
    objects = ObjectStore(workspace: workspace, faults: faults)
    queue = try Self.open(workspace.database)
    if checkingCopy { try checkCopy() }
    try reconcile()
  }

  private static func open(_ path: String) throws -> DatabaseQueue {
    do {
      var configuration = Configuration()
      configuration.busyMode = .timeout(30)
      configuration.foreignKeysEnabled = true
      configuration.prepareDatabase { db in
        // TRUNCATE commits by truncating and syncing the journal, which spares the sync of the
        // folder that DELETE needs under synchronous=EXTRA.
        try db.execute(
          sql: """
            PRAGMA journal_mode = TRUNCATE;
            PRAGMA synchronous = EXTRA;
            PRAGMA trusted_schema = OFF;
            PRAGMA cell_size_check = ON;
            """)
      }
      let queue = try DatabaseQueue(path: path, configuration: configuration)
      try Schema.migrate(queue, path: path)
      return queue
    } catch let error as StorageError {
      throw error
    } catch { throw StorageError.database(path, error) }
  }

  /// Runs a statement that must stand outside a transaction.
  func outsideTransaction(_ sql: String, _ arguments: StatementArguments) throws {
    do {
      try queue.writeWithoutTransaction { try $0.execute(sql: sql, arguments: arguments) }
    } catch { throw StorageError.database(workspace.database, error) }
  }

  /// An immediate transaction between two fault points.
  func write<Value>(
    _ before: FaultPoint? = nil, _ after: FaultPoint? = nil, _ body: (Database) throws -> Value
  ) throws -> Value {
    do {
      let value = try queue.write { db in
        let value = try body(db)
        if let before { try faults.reach(before) }
        return value
      }
      if let after { try faults.reach(after) }
      return value
    } catch let error as StorageError {
      throw error
    } catch { throw StorageError.database(workspace.database, error) }
  }

  /// A short transaction that only reads.
  func read<Value>(_ body: (Database) throws -> Value) throws -> Value {
    do {
      return try queue.read(body)
    } catch let error as StorageError {
      throw error
    } catch { throw StorageError.database(workspace.database, error) }
  }

  /// The store's clock: milliseconds since 1970.
  public var milliseconds: Int64 { now() }

  /// Appends to the log of what happened.
  func event(
    _ db: Database, _ kind: String, run: String?, stage: Int64? = nil,
    _ data: [String: EventValue] = [:]
  ) throws {
    try db.execute(
      sql: "INSERT INTO event (run_id, stage_id, at, kind, data) VALUES (?, ?, ?, ?, ?)",
      arguments: [run, stage, now(), kind, try Columns.json(data)])
  }
}
