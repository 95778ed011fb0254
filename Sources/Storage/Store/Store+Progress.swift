public import Foundation
import GRDB
public import Host
import Trace

/// What a running stage leaves on its way: rows and checkpoints.
extension Store {
  /// Commits rows; returns whether somebody asked the run to stop.
  @discardableResult
  public func saveProgress(
    _ lease: Lease, stage: Int64, attempt: Int, _ batch: ProgressBatch
  ) throws -> Bool {
    try write(.beforeProgress, .afterProgress) { db in
      try own(db, lease)
      try insert(db, batch, stage: stage, attempt: attempt, run: lease.run)
      return try stopRequested(db, lease)
    }
  }

  /// Makes files durable, then commits a checkpoint of them with the rows up to its step; only the
  /// newest two of the stage are kept, and the newest that is at least `behind` steps older than this
  /// one. Returns the checkpoint's manifest and whether somebody asked the run to stop.
  ///
  /// - Parameter taken: called when all bytes of the files have been read.
  @discardableResult
  public func saveCheckpoint(
    _ lease: Lease, stage: StageRecord, attempt: Int, step: Int, files: [String: FileContent],
    _ batch: ProgressBatch, keepingBehind behind: Int? = nil, taken: () -> Void = {}
  ) throws -> (manifest: String, stopRequested: Bool) {
    try requireSpace(Array(files.values), for: "the checkpoint of step \(step)")
    let saved = try withObjects {
      let stored = try objects.put(
        files: files, step: step, kind: stage.kind, key: stage.key, taken: taken)
      return try write(.beforeCheckpoint, .afterCheckpoint) { db in
        try own(db, lease)
        try insert(db, batch, stage: stage.id, attempt: attempt, run: lease.run)
        try insert(db, stored)
        try db.insert(
          into: "checkpoint",
          [
            "stage_id": stage.id, "attempt": attempt, "step": step, "manifest": stored.digest,
            "created_at": now(),
          ])
        try db.execute(
          sql:
            "UPDATE stage SET checkpoint_bytes = max(coalesce(checkpoint_bytes, 0), ?) WHERE id = ?",
          arguments: [stored.totalSize, stage.id])
        try keepNewest(db, stage: stage.id, behind: behind.map { step - $0 } ?? -1)
        try event(
          db, "checkpoint", run: lease.run, stage: stage.id,
          ["step": .number(step), "manifest": .text(stored.digest)])
        return (stored.digest, try stopRequested(db, lease))
      }
    }
    try sweep()
    return saved
  }

  private func keepNewest(_ db: Database, stage: Int64, behind: Int) throws {
    try db.execute(
      sql: """
        DELETE FROM checkpoint WHERE stage_id = ?1
          AND id NOT IN (SELECT id FROM checkpoint
            WHERE stage_id = ?1 AND NOT corrupt ORDER BY step DESC, id DESC LIMIT 2)
          AND id NOT IN (SELECT id FROM checkpoint
            WHERE stage_id = ?1 AND NOT corrupt AND step <= ?2 ORDER BY step DESC, id DESC LIMIT 1)
        """, arguments: [stage, behind])
  }

  func stopRequested(_ db: Database, _ lease: Lease) throws -> Bool {
    try Bool.fetchOne(
      db, sql: "SELECT stop_requested FROM run WHERE id = ?", arguments: [lease.run]) ?? false
  }

  /// Holds off deletion between the write of an object and the commit of a row that names it.
  func withObjects<Value>(_ body: () throws -> Value) throws -> Value {
    let lock = try FileLock.take(workspace.objectsLock, exclusive: false, wait: true)
    defer { lock?.release() }
    return try body()
  }

  /// Drops objects that no row needs any more: rows first, files later. Does nothing while
  /// another process writes objects; the next sweep finds them again.
  func sweep() throws {
    guard Files.isFolder(workspace.objects) else { return }
    guard let lock = try FileLock.take(workspace.objectsLock) else { return }
    defer { lock.release() }
    let dropped = try read(unneeded)
    guard !dropped.isEmpty else { return }
    let gone = try write(.beforeSweep, .afterSweep) { db in
      try db.execute(
        sql: """
          DELETE FROM manifest_file WHERE manifest NOT IN (SELECT manifest FROM checkpoint)
            AND manifest NOT IN (SELECT manifest FROM output)
          """)
      let gone = try unneeded(db)
      for digest in gone {
        try db.execute(sql: "DELETE FROM object WHERE sha256 = ?", arguments: [digest])
      }
      return gone
    }
    for digest in gone { try objects.delete(digest) }
  }

  private func unneeded(_ db: Database) throws -> [String] {
    try String.fetchAll(
      db,
      sql: """
        WITH needed (manifest) AS (SELECT manifest FROM checkpoint UNION SELECT manifest FROM output)
        SELECT sha256 FROM object WHERE sha256 NOT IN needed AND sha256 NOT IN (
          SELECT sha256 FROM manifest_file WHERE manifest IN needed)
        """)
  }

  func insert(_ db: Database, _ stored: StoredManifest) throws {
    func object(_ digest: String, _ size: Int) throws {
      try db.insert(
        "INSERT OR IGNORE", into: "object",
        ["sha256": digest, "size": size, "created_at": now()])
    }
    try object(stored.digest, stored.size)
    for (name, file) in stored.manifest.files.sorted(by: { $0.key < $1.key }) {
      try object(file.sha256, file.size)
      try db.insert(
        "INSERT OR IGNORE", into: "manifest_file",
        ["manifest": stored.digest, "name": name, "sha256": file.sha256])
    }
  }

  func insert(
    _ db: Database, _ batch: ProgressBatch, stage: Int64, attempt: Int, run: String
  ) throws {
    for row in batch.metrics { try insert(db, row, stage: stage, attempt: attempt) }
    for row in batch.samples { try insert(db, row, stage: stage, attempt: attempt) }
    for row in batch.items { try insert(db, row, stage: stage) }
    for message in batch.logs {
      try event(db, "log", run: run, stage: stage, ["message": .text(message)])
    }
    try db.execute(
      sql: """
        UPDATE stage SET step = max(step, ?), total_steps = coalesce(?, total_steps),
          unit = coalesce(?, unit), progress = coalesce(?, progress) WHERE id = ?
        """,
      arguments: [
        batch.step, batch.totalSteps, batch.unit, try batch.progress.map(Columns.json), stage,
      ])
  }

  private func insert(
    _ db: Database, _ row: ProgressBatch.Metric, stage: Int64, attempt: Int
  ) throws {
    try db.insert(
      "INSERT OR REPLACE", into: "metric",
      [
        "stage_id": stage, "step": row.step, "name": row.name, "attempt": attempt,
        "value": Columns.finite(row.value), "at": row.at,
      ])
  }

  private func insert(_ db: Database, _ row: Item, stage: Int64) throws {
    try db.insert(
      "INSERT OR REPLACE", into: "item",
      [
        "stage_id": stage, "evaluation": row.evaluation, "item": row.item, "sample": row.sample,
        "score": row.score,
      ])
  }

  private func insert(
    _ db: Database, _ row: Sample, stage: Int64, attempt: Int
  ) throws {
    try db.insert(
      "INSERT OR REPLACE", into: "sample",
      [
        "stage_id": stage, "step": row.step, "prompt_id": row.promptID, "sample": row.sample,
        "attempt": attempt, "prompt": row.prompt.text, "completion": row.completion.text,
        "prompt_ids": Columns.blob(row.prompt.tokens),
        "logprobs": Columns.blob(row.completion.logProbs ?? []),
        "completion_ids": Columns.blob(row.completion.tokens),
        "rewards": Columns.json(row.rewards), "reward": row.reward, "advantage": row.advantage,
        "finish_reason": row.finishReason, "gold": row.gold, "parsed": row.parsed,
      ])
  }
}
