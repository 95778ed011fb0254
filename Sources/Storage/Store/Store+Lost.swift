import GRDB

/// A checkpoint or an output that a broken object is part of.
private struct BrokenPlace: Decodable {
  /// `r1/sft, output model`.
  let name: String
  let run: String
  let stage: Int64
  let checkpoint: Int64?
  /// The step of the checkpoint.
  let step: Int?
  /// The name of the output.
  let output: String?
}

/// Checkpoints and results whose files are broken, and how they are repaired.
extension Store {
  /// Of an object: whether something that is not set aside needs it.
  static let isNeeded = """
    sha256 IN (
      WITH whole (manifest) AS (
        SELECT manifest FROM checkpoint WHERE NOT corrupt
        UNION SELECT manifest FROM output WHERE lost IS NULL)
      SELECT manifest FROM whole
      UNION SELECT sha256 FROM manifest_file WHERE manifest IN whole)
    """

  /// The checkpoints and outputs that an object is part of; `repair` sets them aside.
  ///
  /// - Parameter broken: all objects that are.
  func consequences(
    _ digest: String, _ problem: String, among broken: Set<String>, repair: Bool
  ) throws -> [Finding] {
    let problem = "object \(digest.prefix(12)) \(problem)"
    return try places(of: digest).map { place in
      if repair { try setAside(place, problem) }
      let remedy = try remedy(place, broken)
      return Finding(
        level: .error, message: "\(place.name): \(problem)",
        remedy: repair ? "set aside; \(remedy)" : "\(remedy); --repair sets it aside now",
        isMended: repair)
    }
  }

  private func remedy(_ place: BrokenPlace, _ broken: Set<String>) throws -> String {
    guard place.checkpoint != nil else {
      return "nothing reuses it, and the next run that needs it recreates it"
    }
    return switch try wholeCheckpoint(stage: place.stage, without: broken) {
    case let step?: "resume continues from the checkpoint of step \(step)"
    case nil: "there is no other checkpoint, so resume starts the stage again"
    }
  }

  /// The step of the newest checkpoint of a stage none of whose objects is broken.
  private func wholeCheckpoint(stage: Int64, without broken: Set<String>) throws -> Int? {
    try read { db in
      let rows = try Row.fetchAll(
        db,
        sql:
          "SELECT step, manifest FROM checkpoint WHERE stage_id = ? AND NOT corrupt ORDER BY step DESC",
        arguments: [stage])
      return try rows.first { row in
        let manifest: String = row["manifest"]
        let parts = try String.fetchAll(
          db, sql: "SELECT sha256 FROM manifest_file WHERE manifest = ?", arguments: [manifest])
        return broken.isDisjoint(with: parts + [manifest])
      }.map { $0["step"] }
    }
  }

  private func places(of digest: String) throws -> [BrokenPlace] {
    try read {
      try $0.rows(
        """
        WITH part (manifest) AS (SELECT ?1 UNION SELECT manifest FROM manifest_file WHERE sha256 = ?1)
        SELECT run.name || '/' || stage.name || ', checkpoint of step ' || checkpoint.step AS name,
          run.id AS run, stage.id AS stage, checkpoint.id AS checkpoint, checkpoint.step AS step,
          NULL AS output
        FROM checkpoint JOIN stage ON stage.id = checkpoint.stage_id JOIN run ON run.id = stage.run_id
        WHERE checkpoint.manifest IN part AND NOT checkpoint.corrupt
        UNION ALL
        SELECT run.name || '/' || stage.name || ', output ' || output.name, run.id, stage.id, NULL,
          NULL, output.name
        FROM output JOIN stage ON stage.id = output.stage_id JOIN run ON run.id = stage.run_id
        WHERE output.manifest IN part AND output.lost IS NULL
        """, [digest])
    }
  }

  /// A broken checkpoint is not used. A broken output is no longer shared: an unfinished run
  /// recreates it when it is resumed, and any other run reports that it is lost.
  private func setAside(_ place: BrokenPlace, _ problem: String) throws {
    try write { db in
      if let checkpoint = place.checkpoint {
        try db.execute(
          sql: "UPDATE checkpoint SET corrupt = 1 WHERE id = ?", arguments: [checkpoint])
        return try event(
          db, "checkpoint corrupt", run: place.run, stage: place.stage,
          ["step": .number(place.step ?? 0), "reason": .text(problem)])
      }
      try db.execute(
        sql: """
          DELETE FROM cache
          WHERE stage_id = (SELECT coalesce(origin_id, id) FROM stage WHERE id = ?)
          """, arguments: [place.stage])
      try db.execute(
        sql: "UPDATE output SET lost = ? WHERE stage_id = ? AND name = ?",
        arguments: [problem, place.stage, place.output])
      try event(
        db, "output lost", run: place.run, stage: place.stage,
        ["output": .text(place.output ?? ""), "reason": .text(problem)])
      try makeAgain(db, "stage.id = ?", [place.stage])
    }
  }

  /// Has stages with lost outputs be carried out again, where their runs have not ended well.
  func makeAgain(_ db: Database, _ condition: String, _ arguments: StatementArguments) throws {
    let stages = try Int64.fetchAll(
      db,
      sql: """
        SELECT stage.id FROM stage JOIN run ON run.id = stage.run_id
        WHERE \(condition) AND stage.status IN ('succeeded', 'reused')
          AND run.status IN ('interrupted', 'failed')
          AND EXISTS (SELECT 1 FROM output WHERE stage_id = stage.id AND lost IS NOT NULL)
        """, arguments: arguments)
    for stage in stages {
      try db.execute(
        sql: """
          UPDATE stage SET status = 'pending', origin_id = NULL, step = 0, total_steps = NULL
          WHERE id = ?
          """, arguments: [stage])
      try db.execute(sql: "DELETE FROM output WHERE stage_id = ?", arguments: [stage])
    }
  }

  /// Whether a result of a stage was found broken, so that the stage is carried out again.
  public func hadLoss(stage: Int64) throws -> Bool {
    try read { db in
      try Bool.fetchOne(
        db, sql: "SELECT EXISTS (SELECT 1 FROM event WHERE stage_id = ? AND kind = 'output lost')",
        arguments: [stage]) ?? false
    }
  }

  /// Whether some output of a finished stage was found broken and set aside.
  func isLost(stage: Int64) throws -> Bool {
    try read { db in
      try Bool.fetchOne(
        db, sql: "SELECT EXISTS (SELECT 1 FROM output WHERE stage_id = ? AND lost IS NOT NULL)",
        arguments: [stage]) ?? false
    }
  }
}
