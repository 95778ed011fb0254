import Foundation
import GRDB

/// Runs: made, claimed, ended.
extension Store {
  /// Writes a run with all its stages; nobody owns it yet.
  public func createRun(_ new: NewRun) throws -> RunRecord {
    let id = RunID.make(at: now())
    try Files.makeFolder(workspace.runFolder(id))
    return try write(.beforeCreate, .afterCreate) { try insert($0, new, id: id) }
  }

  /// Writes an experiment as a whole: all of its runs with their stages, in their order.
  public func createExperiment(_ name: String, _ runs: [NewRun]) throws -> [RunRecord] {
    let ids = runs.map { _ in RunID.make(at: now()) }
    for id in ids { try Files.makeFolder(workspace.runFolder(id)) }
    return try write(.beforeCreate, .afterCreate) { db in
      let experiment = RunID.make(at: now())
      try db.insert(
        into: "experiment", ["id": experiment, "name": name, "created_at": now()])
      return try zip(ids, runs).enumerated().map { place, run in
        _ = try insert(db, run.1, id: run.0)
        try db.execute(
          sql: "UPDATE run SET experiment_id = ?, position = ? WHERE id = ?",
          arguments: [experiment, place + 1, run.0])
        return try self.run(db, id: run.0)
      }
    }
  }

  private func insert(_ db: Database, _ new: NewRun, id: String) throws -> RunRecord {
    let recipe = try insert(db, new.recipe)
    try db.insert(
      into: "run",
      [
        "id": id, "name": new.name, "recipe_id": recipe, "recipe": new.recipe.name,
        "variant": new.variant, "seed": new.seed, "environment": Columns.json(new.environment),
        "created_at": now(), "forked_from": new.forkedFrom,
      ])
    for (position, stage) in new.stages.enumerated() {
      try insert(db, stage, run: id, position: position)
    }
    try event(db, "run created", run: id, ["name": .text(new.name)])
    return try run(db, id: id)
  }

  /// Lets a run go on with another reading of its recipe, which gives the same results.
  public func replaceRecipe(
    _ lease: Lease, with document: RecipeDocument, changes: [String]
  ) throws {
    try write { db in
      try own(db, lease)
      try db.execute(
        sql: "UPDATE run SET recipe_id = ? WHERE id = ?",
        arguments: [try insert(db, document), lease.run])
      try event(
        db, "recipe changed", run: lease.run,
        ["message": .text(changes.joined(separator: ", "))])
    }
  }

  private func insert(_ db: Database, _ recipe: RecipeDocument) throws -> String {
    let overrides = try Columns.json(recipe.overrides)
    let whole = try Columns.json([
      recipe.name, recipe.resolved, recipe.source, recipe.path, overrides,
    ])
    let id = FileDigest.of(Data(whole.utf8))
    try db.insert(
      "INSERT OR IGNORE", into: "recipe",
      [
        "id": id, "name": recipe.name, "resolved": recipe.resolved, "source": recipe.source,
        "path": recipe.path, "overrides": overrides,
      ])
    return id
  }

  private func insert(_ db: Database, _ stage: NewStage, run: String, position: Int) throws {
    try db.insert(
      into: "stage",
      [
        "run_id": run, "name": stage.name, "position": position, "kind": stage.kind,
        "revision": stage.revision, "key": stage.key, "components": stage.components,
        "status": stage.skipped ? "skipped" : "pending", "action": stage.action,
        "reason": stage.reason, "forced": stage.forced,
      ])
    let id = db.lastInsertedRowID
    for upstream in Set(stage.upstream).sorted() {
      try db.execute(
        sql: """
          INSERT INTO stage_dep (stage_id, upstream_id)
          SELECT ?, id FROM stage WHERE run_id = ? AND name = ?
          """, arguments: [id, run, upstream])
    }
    guard let origin = stage.adopted else { return }
    try db.execute(sql: "UPDATE stage SET status = 'reused' WHERE id = ?", arguments: [id])
    try takeOver(db, stage: id, from: origin)
    try event(db, "stage adopted", run: run, stage: id, ["reason": .text(stage.reason)])
  }

  /// Takes a run to work on; throws `held` while another process does, and `notFound` when there is
  /// nothing left to do.
  public func claim(run id: String) throws -> Lease {
    let record = try run(id: id)
    try workspace.create()
    try Files.makeFolder(workspace.runFolder(id))
    guard let lock = try FileLock.take(workspace.lock(id)) else { throw held(try run(id: id)) }
    try objects.sweepTemporary()
    try sweep()
    let epoch = try write(.beforeClaim, .afterClaim) { db -> Int64 in
      let status = try run(db, id: id).status
      guard status != .succeeded else {
        throw StorageError.notResumable(run: record.name, status: status.rawValue)
      }
      try interruptOpenWork(db, run: id, cause: "owner lost")
      try db.execute(
        sql: """
          UPDATE run SET status = 'running', epoch = epoch + 1, host = ?, process = ?,
            claimed_at = ?, heartbeat_at = ?, ended_at = NULL, message = NULL, stop_requested = 0,
            boot = ?, oom_kills = ?
          WHERE id = ?
          """,
        arguments: [
          Owner.host, Owner.process, now(), now(), Machine.boot, Machine.outOfMemoryKills, id,
        ])
      try event(
        db, "run claimed", run: id,
        ["host": .text(Owner.host), "process": .number(Owner.process)])
      return try Int64.fetchOne(db, sql: "SELECT epoch FROM run WHERE id = ?", arguments: [id]) ?? 0
    }
    return Lease(run: id, epoch: epoch, lock: lock)
  }

  func held(_ run: RunRecord) -> StorageError {
    let since = Date(timeIntervalSince1970: Double(run.claimedAt ?? run.createdAt) / 1000)
    return .held(
      run: "\(run.name) (\(run.id))", host: run.host ?? "an unknown host",
      process: run.process ?? 0, since: since.ISO8601Format())
  }

  /// Ends a run that this process owns, and lets go of it.
  public func endRun(_ lease: Lease, _ status: RunStatus, message: String? = nil) throws {
    try write(.beforeEnd, .afterEnd) { db in
      try own(db, lease)
      try interruptOpenWork(db, run: lease.run, cause: message ?? "run ended")
      try db.execute(
        sql: "UPDATE run SET status = ?, ended_at = ?, message = ? WHERE id = ?",
        arguments: [status.rawValue, now(), message, lease.run])
      try makeAgain(db, "run.id = ?", [lease.run])
      try event(
        db, "run \(status.rawValue)", run: lease.run, message.map { ["message": .text($0)] } ?? [:])
    }
    lease.release()
  }

  /// Asks the owner of a run, wherever it is, to stop at the next step.
  public func requestStop(run id: String) throws {
    try write { db in
      try db.execute(sql: "UPDATE run SET stop_requested = 1 WHERE id = ?", arguments: [id])
      try event(db, "stop requested", run: id)
    }
  }

  /// Every write of an owner starts with this: nothing is written once another process took over.
  func own(_ db: Database, _ lease: Lease) throws {
    try db.execute(
      sql: """
        UPDATE run SET heartbeat_at = ? WHERE id = ? AND epoch = ? AND status = 'running'
        """, arguments: [now(), lease.run, lease.epoch])
    guard db.changesCount == 1 else { throw StorageError.ownershipLost(run: lease.run) }
  }

  /// - Parameter end: when the work ended; nil: now.
  func interruptOpenWork(
    _ db: Database, run: String, cause: String, end: Int64? = nil
  ) throws {
    try db.execute(
      sql: """
        UPDATE attempt SET status = 'interrupted', cause = ?, ended_at = max(started_at, ?)
        WHERE status = 'running' AND stage_id IN (SELECT id FROM stage WHERE run_id = ?)
        """, arguments: [cause, end ?? now(), run])
    try db.execute(
      sql: "UPDATE stage SET status = 'interrupted' WHERE status = 'running' AND run_id = ?",
      arguments: [run])
  }

  func runs(
    _ db: Database, _ condition: String, _ arguments: StatementArguments = []
  ) throws -> [RunRecord] {
    try db.rows("\(RunRecord.select) \(condition)", arguments).map(corrected)
  }

  func run(_ db: Database, id: String) throws -> RunRecord {
    guard let run = try runs(db, "WHERE id = ?", [id]).first else {
      throw StorageError.noSuchRun(id)
    }
    return run
  }

  public func run(id: String) throws -> RunRecord { try read { try run($0, id: id) } }
}
