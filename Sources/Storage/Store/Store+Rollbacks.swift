import GRDB
public import Trace

extension Rollback {
  /// As `rollback.action` spells it.
  fileprivate var action: String {
    switch change {
    case .skip: "skip"
    case .lowerLR: "lower_lr"
    }
  }

  fileprivate var factor: Double {
    if case .lowerLR(_, let factor) = change { factor } else { 0 }
  }

  fileprivate init(row: Row) throws {
    let change: Change
    switch row["action"] as String {
    case "skip": change = .skip(step: row["step"])
    case "lower_lr": change = .lowerLR(after: row["from_step"], factor: row["factor"])
    default: throw StorageError.brokenRow("\(row)")
    }
    self.init(
      number: row["n"], step: row["step"], change: change, message: row["message"],
      attempt: row["attempt"])
  }
}

extension Store {
  /// Ends an attempt that diverged and stores what the next one does differently, in one
  /// transaction: neither the next attempt nor a resume after a kill decides
  /// again. Checkpoints beyond the step to go back to are
  /// dropped.
  public func rollBack(
    _ lease: Lease, stage: StageRecord, attempt: Int, _ batch: ProgressBatch,
    _ rollback: Rollback
  ) throws {
    try write(.beforeRollback, .afterRollback) { db in
      try own(db, lease)
      try insert(db, batch, stage: stage.id, attempt: attempt, run: lease.run)
      try db.insert(
        into: "rollback",
        [
          "stage_id": stage.id, "n": rollback.number, "step": rollback.step,
          "action": rollback.action, "from_step": rollback.fromStep, "factor": rollback.factor,
          "message": rollback.message, "attempt": rollback.attempt, "at": now(),
        ])
      try db.execute(
        sql: "DELETE FROM checkpoint WHERE stage_id = ? AND step > ?",
        arguments: [stage.id, rollback.fromStep])
      try end(db, lease, stage.id, attempt, .interrupted, cause: rollback.message)
      try event(
        db, "stage rolled back", run: lease.run, stage: stage.id,
        ["message": .text(rollback.message), "from_step": .number(rollback.fromStep)])
    }
    try sweep()
  }

  /// The rollbacks of a stage, oldest first.
  public func rollbacks(stage: Int64) throws -> [Rollback] {
    try read { db in
      try Row.fetchAll(
        db, sql: "SELECT * FROM rollback WHERE stage_id = ? ORDER BY n", arguments: [stage]
      ).map(Rollback.init(row:))
    }
  }

  /// Samples that a rollback made useless: of the update that is left out, or by weights that no later
  /// attempt has.
  static let staleSample = """
    EXISTS (SELECT 1 FROM rollback WHERE rollback.stage_id = sample.stage_id
      AND sample.attempt <= rollback.attempt AND CASE rollback.action
        WHEN 'skip' THEN sample.step = rollback.step
        ELSE sample.step > rollback.from_step + 1 END)
    """

  /// The newest values of a metric up to a step, newest first; nil for what was not finite.
  public func recentMetrics(
    stage: Int64, name: String, through step: Int, count: Int
  ) throws -> [Double?] {
    try read {
      try Optional<Double>.fetchAll(
        $0,
        sql: """
          SELECT value FROM metric_current WHERE stage_id = ? AND name = ? AND step <= ?
          ORDER BY step DESC LIMIT ?
          """, arguments: [stage, name, step, count])
    }
  }
}
