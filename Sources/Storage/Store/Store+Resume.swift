import GRDB
public import Trace

/// Where an interrupted stage goes on: a checkpoint's step, and the digests of its files by name.
public struct ResumePoint: Sendable, Hashable, Codable {
  public let step: Int
  public let files: [String: String]
}

extension Store {
  /// The newest checkpoint of a stage whose files exist and are intact; broken ones are marked and
  /// logged.
  public func resumePoint(_ lease: Lease, stage: Int64) throws -> ResumePoint? {
    for checkpoint in try checkpoints(stage: stage) where !checkpoint.corrupt {
      do {
        let manifest = try objects.manifest(checkpoint.manifest)
        let files = manifest.files.mapValues(\.sha256)
        for digest in files.values { try objects.verify(digest) }
        return ResumePoint(step: checkpoint.step, files: files)
      } catch let error as StorageError where error.code == .corrupt {
        try setAside(lease, checkpoint, reason: error.message)
      }
    }
    return nil
  }

  private func setAside(_ lease: Lease, _ checkpoint: CheckpointRecord, reason: String) throws {
    try write { db in
      try own(db, lease)
      try db.execute(
        sql: "UPDATE checkpoint SET corrupt = 1 WHERE id = ?", arguments: [checkpoint.id])
      try event(
        db, "checkpoint corrupt", run: lease.run, stage: checkpoint.stageID,
        ["step": .number(checkpoint.step), "reason": .text(reason)])
    }
  }

  /// Checkpoints of a stage, newest first.
  public func checkpoints(stage: Int64) throws -> [CheckpointRecord] {
    try read {
      try $0.rows(
        """
        SELECT *, stage_id AS stageID FROM checkpoint WHERE stage_id = ? ORDER BY step DESC, id DESC
        """, [stage])
    }
  }

  /// Lets a new run go on from the checkpoints that an interrupted one left for the same key: its
  /// checkpoints, live rows and open step become attempt 0 of the new stage.
  public func adoptCheckpoints(_ lease: Lease, stage: Int64, from origin: Int64) throws {
    try write(.beforeAdopt, .afterAdopt) { db in
      try own(db, lease)
      try db.execute(
        sql: """
          INSERT INTO attempt (stage_id, n, epoch, from_step, status, started_at, ended_at)
          VALUES (?, 0, ?, 0, 'adopted', ?, ?) ON CONFLICT DO NOTHING
          """, arguments: [stage, lease.epoch, now(), now()])
      try db.execute(
        sql: """
          INSERT INTO checkpoint (stage_id, attempt, step, manifest, created_at)
          SELECT ?, 0, step, manifest, created_at FROM checkpoint
          WHERE stage_id = ? AND NOT corrupt ORDER BY step, id
          """, arguments: [stage, origin])
      for copy in Self.copies {
        try db.execute(sql: copy, arguments: [stage, origin])
      }
      try event(db, "checkpoints adopted", run: lease.run, stage: stage)
    }
  }

  private static let copies = [
    """
    INSERT OR REPLACE INTO metric (stage_id, step, name, attempt, value, at)
    SELECT ?, step, name, 0, value, at FROM metric_current WHERE stage_id = ?
    """,
    """
    INSERT OR REPLACE INTO sample (stage_id, step, prompt_id, sample, attempt, prompt, completion,
      prompt_ids, completion_ids, logprobs, rewards, reward, advantage, finish_reason, gold, parsed)
    SELECT ?, step, prompt_id, sample, 0, prompt, completion, prompt_ids, completion_ids, logprobs,
      rewards, reward, advantage, finish_reason, gold, parsed FROM sample WHERE stage_id = ?
      AND NOT \(Store.staleSample) ORDER BY attempt
    """,
    """
    INSERT OR REPLACE INTO rollback (stage_id, n, step, action, from_step, factor, message, attempt,
      at) SELECT ?, n, step, action, from_step, factor, message, -1, at FROM rollback WHERE stage_id = ?
    """,
    """
    INSERT OR REPLACE INTO item (stage_id, evaluation, item, sample, score)
    SELECT ?, evaluation, item, sample, score FROM item WHERE stage_id = ?
    """,
  ]

  /// How many samples of a step a further attempt at a stage finds.
  public func storedSampleCount(stage: Int64, step: Int) throws -> Int {
    try read { db in
      try Int.fetchOne(
        db,
        sql: """
          SELECT count(*) FROM (SELECT DISTINCT prompt_id, sample FROM sample
            WHERE stage_id = ? AND step = ? AND NOT \(Self.staleSample))
          """, arguments: [stage, step]) ?? 0
    }
  }

  /// Samples of a step that earlier attempts at a stage left behind; of each the newest.
  public func storedSamples(stage: Int64, before attempt: Int, step: Int) throws -> [Sample] {
    try read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT sample.*, max(attempt) FROM sample
          WHERE stage_id = ? AND step = ? AND attempt < ? AND NOT \(Self.staleSample)
          GROUP BY prompt_id, sample ORDER BY prompt_id, sample
          """, arguments: [stage, step, attempt]
      ).map(Sample.init(row:))
    }
  }
}
