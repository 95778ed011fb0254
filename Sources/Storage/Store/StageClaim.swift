import Foundation
import GRDB

/// The right to train the stage of a key: of several runs that need the same stage one trains it,
/// and the others wait for it or do something else. The kernel frees it with the process.
public struct StageClaim: Sendable {
  private let lock: FileLock
  private let path: String

  fileprivate init(lock: FileLock, path: String) {
    self.lock = lock
    self.path = path
  }

  /// Lets others have it.
  public func release() {
    // While the lock is held: a process that waits for this file sees that it is gone, and makes
    // another.
    if lock.isOf(path) { _ = unlink(path) }
    lock.release()
  }
}

/// Who trains a stage that somebody else needs.
public struct StageWorker: Sendable, Hashable, Decodable {
  public let run: String
  public let runName: String
  public let host: String
  public let process: Int

  /// "run r1 (01k...), process 12 on host a".
  public var label: String { "run \(runName) (\(run)), process \(process) on \(host)" }
}

extension Store {
  /// Claims a stage key; nil while another process trains a stage of that key.
  public func claimStage(key: String) throws -> StageClaim? {
    try Files.makeFolder(workspace.claims)
    let path = "\(workspace.claims)/\(key)"
    while true {
      guard let lock = try FileLock.take(path) else { return nil }
      // Its last owner may have deleted the file between our opening and locking it.
      if lock.isOf(path) { return StageClaim(lock: lock, path: path) }
      lock.release()
    }
  }

  /// The live run that trains a stage of a key, as far as the database knows.
  public func worker(key: String) throws -> StageWorker? {
    try read {
      try $0.row(
        """
        SELECT run.id AS run, run.name AS runName, coalesce(run.host, 'an unknown host') AS host,
          coalesce(run.process, 0) AS process
        FROM stage JOIN run ON run.id = stage.run_id
        WHERE stage.key = ? AND stage.status = 'running' AND run.status = 'running'
        ORDER BY stage.id LIMIT 1
        """, [key])
    }
  }

  /// Shows that a run that waits is alive; returns whether somebody asked it to stop.
  public func heartbeat(_ lease: Lease) throws -> Bool {
    try write { db in
      try own(db, lease)
      return try stopRequested(db, lease)
    }
  }

  /// Deletes the claims of processes that died.
  func sweepClaims() throws {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: workspace.claims)) ?? []
    for name in names { try claimStage(key: name)?.release() }
  }
}
