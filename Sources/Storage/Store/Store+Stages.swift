public import Foundation
import GRDB
public import Host

/// Stages: tried, finished, failed, taken over from other runs.
extension Store {
  /// Starts a try at a stage, from a checkpoint's step or from 0; returns its number.
  public func beginAttempt(_ lease: Lease, stage: Int64, fromStep: Int) throws -> Int {
    try write(.beforeAttempt, .afterAttempt) { db in
      try own(db, lease)
      let number =
        1
        + (try Int.fetchOne(
          db, sql: "SELECT max(n) FROM attempt WHERE stage_id = ?", arguments: [stage]) ?? 0)
      try move(
        db, stage, to: .running, from: [.pending, .interrupted, .failed, .blocked], lease: lease)
      try db.execute(
        sql: "UPDATE stage SET attempt = ?, step = ?, message = NULL WHERE id = ?",
        arguments: [number, fromStep, stage])
      try db.execute(
        sql: """
          INSERT INTO attempt (stage_id, n, epoch, from_step, status, started_at)
          VALUES (?, ?, ?, ?, 'running', ?)
          """, arguments: [stage, number, lease.epoch, fromStep, now()])
      try event(
        db, "stage started", run: lease.run, stage: stage,
        ["attempt": .number(number), "from_step": .number(fromStep)])
      return number
    }
  }

  /// Ends a stage well: makes its outputs durable, then commits its last rows, outputs, cache entry
  /// and status in one go; its checkpoints go.
  ///
  /// - Parameters:
  ///   - outputs: the files of each port.
  ///   - shared: false when its result must not be reused (an outside file changed).
  ///   - keys: new ones, of this stage and of others of the run, which hold from then on.
  public func finishStage(
    _ lease: Lease, stage: Int64, attempt: Int, _ batch: ProgressBatch,
    outputs: [String: [String: FileContent]], shared: Bool = true, keys: [NewKey] = []
  ) throws {
    try requireSpace(outputs.values.flatMap(\.values), for: "the stage's output")
    try withObjects {
      let stored = try outputs.mapValues { try objects.put(files: $0) }
      try commitFinish(lease, stage, attempt, batch, stored, shared, keys)
    }
    try sweep()
  }

  private func commitFinish(
    _ lease: Lease, _ stage: Int64, _ attempt: Int, _ batch: ProgressBatch,
    _ outputs: [String: StoredManifest], _ shared: Bool, _ keys: [NewKey]
  ) throws {
    try write(.beforeFinish, .afterFinish) { db in
      try own(db, lease)
      try change(db, keys, in: lease.run)
      try insert(db, batch, stage: stage, attempt: attempt, run: lease.run)
      for (name, stored) in outputs.sorted(by: { $0.key < $1.key }) {
        try insert(db, stored)
        try db.execute(
          sql: "INSERT INTO output (stage_id, name, manifest) VALUES (?, ?, ?)",
          arguments: [stage, name, stored.digest])
        // Equal files restore the output of every stage that had lost them.
        try db.execute(
          sql: "UPDATE output SET lost = NULL WHERE manifest = ?", arguments: [stored.digest])
      }
      if shared {
        try db.execute(
          sql: """
            INSERT OR REPLACE INTO cache (key, stage_id) SELECT key, id FROM stage WHERE id = ?
            """, arguments: [stage])
      }
      try db.execute(sql: "DELETE FROM checkpoint WHERE stage_id = ?", arguments: [stage])
      try end(db, lease, stage, attempt, .succeeded, cause: nil)
      try db.execute(
        sql: "UPDATE stage SET tainted = ? WHERE id = ?", arguments: [!shared, stage])
    }
  }

  /// Ends a stage that failed, with the last rows it reported; its checkpoints stay.
  public func failStage(
    _ lease: Lease, stage: Int64, attempt: Int, _ batch: ProgressBatch, message: String
  ) throws {
    try leave(lease, stage, attempt, batch, .failed, cause: message)
  }

  /// Ends a try that was asked to stop.
  public func interruptStage(
    _ lease: Lease, stage: Int64, attempt: Int, _ batch: ProgressBatch, cause: String
  ) throws {
    try leave(lease, stage, attempt, batch, .interrupted, cause: cause)
  }

  /// Puts a note about a stage into the log.
  public func note(_ lease: Lease, stage: Int64, _ message: String) throws {
    try write { db in
      try own(db, lease)
      try event(db, "log", run: lease.run, stage: stage, ["message": .text(message)])
    }
  }

  private func leave(
    _ lease: Lease, _ stage: Int64, _ attempt: Int, _ batch: ProgressBatch, _ status: StageStatus,
    cause: String
  ) throws {
    try write(.beforeLeave, .afterLeave) { db in
      try own(db, lease)
      try insert(db, batch, stage: stage, attempt: attempt, run: lease.run)
      try end(db, lease, stage, attempt, status, cause: cause)
    }
  }

  func end(
    _ db: Database, _ lease: Lease, _ stage: Int64, _ attempt: Int, _ status: StageStatus,
    cause: String?
  ) throws {
    try db.execute(
      sql: """
        UPDATE attempt SET status = ?, cause = ?, ended_at = ?
        WHERE stage_id = ? AND n = ? AND status = 'running'
        """, arguments: [status.rawValue, cause, now(), stage, attempt])
    try move(db, stage, to: status, from: [.running], lease: lease)
    try db.execute(
      sql: "UPDATE stage SET message = ? WHERE id = ?", arguments: [cause, stage])
    try event(
      db, "stage \(status.rawValue)", run: lease.run, stage: stage,
      cause.map { ["message": .text($0)] } ?? [:])
  }

  /// Marks a stage that cannot run because one before it failed.
  public func blockStage(
    _ lease: Lease, stage: Int64, by upstream: String, reason: String
  ) throws {
    try write(.beforeLeave, .afterLeave) { db in
      try own(db, lease)
      try move(
        db, stage, to: .blocked, from: [.pending, .interrupted, .failed, .blocked], lease: lease)
      try db.execute(
        sql: "UPDATE stage SET message = ? WHERE id = ?",
        arguments: [reason, stage])
      try event(db, "stage blocked", run: lease.run, stage: stage, ["by": .text(upstream)])
    }
  }

  /// Gives stages of a run that are not done yet the keys that they have from now on.
  private func change(_ db: Database, _ keys: [NewKey], in run: String) throws {
    for new in keys {
      try db.execute(
        sql: """
          UPDATE stage SET key = ?, components = ? WHERE id = ? AND run_id = ?
            AND status NOT IN ('succeeded', 'reused')
          """, arguments: [new.key, new.components, new.stage, run])
    }
  }

  /// Takes over the result of a finished stage with the same key; its own checkpoints are deleted.
  ///
  /// - Parameter keys: as in `finishStage`.
  public func adoptStage(
    _ lease: Lease, stage: Int64, from origin: Int64, keys: [NewKey] = []
  ) throws {
    try write(.beforeAdopt, .afterAdopt) { db in
      try own(db, lease)
      try change(db, keys, in: lease.run)
      try move(
        db, stage, to: .reused, from: [.pending, .interrupted, .failed, .blocked], lease: lease)
      try takeOver(db, stage: stage, from: origin)
      try db.execute(sql: "DELETE FROM checkpoint WHERE stage_id = ?", arguments: [stage])
      try db.execute(
        sql: "UPDATE cache SET hits = hits + 1, last_hit = ? WHERE stage_id = ?",
        arguments: [now(), origin])
      try event(db, "stage reused", run: lease.run, stage: stage)
    }
    try sweep()
  }

  /// Names the outputs of a finished stage as those of another.
  func takeOver(_ db: Database, stage: Int64, from origin: Int64) throws {
    try db.execute(
      sql: """
        INSERT INTO output (stage_id, name, manifest)
        SELECT ?, name, manifest FROM output WHERE stage_id = ?
        """, arguments: [stage, origin])
    try db.execute(
      sql: """
        UPDATE stage SET (origin_id, step, total_steps, unit) = (
          SELECT coalesce(origin_id, id), step, total_steps, unit FROM stage WHERE id = ?)
        WHERE id = ?
        """, arguments: [origin, stage])
  }

  /// The guard of every change of status: from one of the states that may lead there, or not at all.
  private func move(
    _ db: Database, _ stage: Int64, to new: StageStatus, from old: [StageStatus], lease: Lease
  ) throws {
    let marks = databaseQuestionMarks(count: old.count)
    try db.execute(
      sql: "UPDATE stage SET status = ? WHERE id = ? AND run_id = ? AND status IN (\(marks))",
      arguments: [new.rawValue, stage, lease.run] + StatementArguments(old.map(\.rawValue)))
    guard db.changesCount == 1 else { throw StorageError.ownershipLost(run: lease.run) }
  }
}
