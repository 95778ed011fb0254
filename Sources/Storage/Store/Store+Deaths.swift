import Foundation
import GRDB
import Synchronization

/// Runs whose process ended without a word.
extension Store {
  /// Marks runs whose process has died as interrupted: their lock can be taken. Where that cannot be
  /// written (a full disk, a read-only one), this store still shows them so.
  public func reconcile() throws {
    for run in try read(running) {
      do {
        try markIfDead(run)
      } catch let error as StorageError where error.code == .workspace {
        // Without its lock, only a process of this machine can be known to be gone.
        guard run.host == Owner.host, run.process.map(Machine.isAlive) != true else { continue }
        dead.withLock { $0[run.id] = cause(of: run) }
      }
    }
  }

  private func running(_ db: Database) throws -> [DyingRun] {
    try db.rows(
      """
      SELECT *, oom_kills AS memoryKills, heartbeat_at AS lastSeen FROM run
      WHERE status = 'running'
      """)
  }

  private func markIfDead(_ run: DyingRun) throws {
    try Files.makeFolder(workspace.runFolder(run.id))
    guard let lock = try FileLock.take(workspace.lock(run.id)) else { return }
    defer { lock.release() }
    try write { db in
      // Read again under the lock: it may have ended well meanwhile.
      guard let run = try running(db).first(where: { $0.id == run.id }) else { return }
      let end = run.lastSeen ?? now()
      try interruptOpenWork(db, run: run.id, cause: "owner lost", end: end)
      let cause = cause(of: run)
      try db.execute(
        sql: "UPDATE run SET status = 'interrupted', ended_at = ?, message = ? WHERE id = ?",
        arguments: [end, cause, run.id])
      try makeAgain(db, "run.id = ?", [run.id])
      try event(db, "run interrupted", run: run.id, ["message": .text(cause)])
    }
  }

  /// Why a process ended: its own last note, else what the system reports.
  private func cause(of run: DyingRun) -> String {
    if let message = run.message { return message }
    guard run.host == Owner.host else {
      return "its process on \(run.host ?? "another host") is gone"
    }
    if let boot = run.boot, let now = Machine.boot, boot != now {
      return "the machine was restarted"
    }
    if let before = run.memoryKills, let now = Machine.outOfMemoryKills, now > before {
      return "its process was killed, probably because memory ran out: since the run began the "
        + "system has killed \(now - before) process\(now - before == 1 ? "" : "es") for that"
    }
    return "its process died: killed (kill -9) or crashed"
  }

  /// A run as it stands, where the database still says that it runs.
  func corrected(_ run: RunRecord) -> RunRecord {
    guard run.status == .running, let cause = dead.withLock({ $0[run.id] }) else { return run }
    var run = run
    run.status = .interrupted
    run.message = cause
    run.endedAt = run.heartbeatAt
    return run
  }

  /// Whether a stage is of a run that is shown as interrupted.
  func isDead(run id: String) -> Bool { dead.withLock { $0[id] != nil } }

  /// Records why this process is about to end, for the next command that opens the workspace.
  public func noteEnd(_ run: String, _ message: String) throws {
    try write { db in
      try db.execute(
        sql: """
          UPDATE run SET message = ?, heartbeat_at = ?
          WHERE id = ? AND status = 'running' AND host = ? AND process = ?
          """, arguments: [message, now(), run, Owner.host, Owner.process])
    }
  }
}

/// What is known of a run that the database calls running.
private struct DyingRun: Decodable {
  let id: String
  let host: String?
  let process: Int?
  let boot: String?
  let memoryKills: Int?
  let message: String?
  let lastSeen: Int64?
}

/// What the system reports about itself; nil if it does not.
enum Machine {
  /// Changes at every start of the machine.
  static var boot: String? {
    read("/proc/sys/kernel/random/boot_id")?.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// Processes that the system killed because memory ran out, since the machine started.
  static var outOfMemoryKills: Int? {
    let line = read("/proc/vmstat")?.split(separator: "\n").first { $0.hasPrefix("oom_kill ") }
    return line.flatMap { Int($0.dropFirst("oom_kill ".count)) }
  }

  static func isAlive(_ process: Int) -> Bool {
    kill(pid_t(process), 0) == 0 || errno == EPERM
  }

  private static func read(_ path: String) -> String? {
    try? String(contentsOfFile: path, encoding: .utf8)
  }
}
