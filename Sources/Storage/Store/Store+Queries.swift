import GRDB

/// What commands and reports ask.
extension Store {
  /// All runs, newest first.
  public func runs() throws -> [RunRecord] {
    try read { db in
      try Row.fetchAll(
        db,
        sql: "SELECT * FROM run ORDER BY created_at DESC, coalesce(position, 0) DESC, rowid DESC"
      )
      .map { corrected(try RunRecord(row: $0)) }
    }
  }

  /// The run that a person means: an id, a name (its newest run), a unique prefix of an id, `@last`
  /// (the newest that was begun).
  public func run(selector: String) throws -> RunRecord {
    try read { db in
      for condition in [selector == "@last" ? "?1 = '@last'" : "id = ?1", "name = ?1"] {
        let row = try Row.fetchOne(
          db,
          sql: """
            SELECT * FROM run WHERE \(condition)
            ORDER BY \(selector == "@last" ? "status = 'created', " : "") created_at DESC,
              coalesce(position, 0) DESC, rowid DESC LIMIT 1
            """, arguments: [selector])
        if let row { return corrected(try RunRecord(row: row)) }
      }
      let found = try Row.fetchAll(
        db, sql: "SELECT * FROM run WHERE substr(id, 1, length(?1)) = ?1 ORDER BY id LIMIT 9",
        arguments: [selector]
      ).map { corrected(try RunRecord(row: $0)) }
      guard let first = found.first, !selector.isEmpty else {
        throw StorageError.noSuchRun(selector)
      }
      guard found.count == 1 else {
        throw StorageError.ambiguousRun(
          selector, candidates: found.map { "\($0.id) (\($0.name))" })
      }
      return first
    }
  }

  public func recipe(of run: RunRecord) throws -> RecipeDocument {
    try read { db in
      guard
        let row = try Row.fetchOne(
          db, sql: "SELECT * FROM recipe WHERE id = ?", arguments: [run.recipeID])
      else { throw StorageError.brokenRow("run \(run.id) has no recipe") }
      return RecipeDocument(
        name: row["name"], resolved: row["resolved"], source: row["source"], path: row["path"],
        overrides: try Columns.decode([String].self, row["overrides"]))
    }
  }

  /// The machine, program and versions that a run was made with.
  public func environment(of run: RunRecord) throws -> [String: String] {
    try read { db in
      let text = try String.fetchOne(
        db, sql: "SELECT environment FROM run WHERE id = ?", arguments: [run.id])
      return try Columns.decode([String: String].self, text ?? "{}")
    }
  }

  /// How many stages each run has, and how many of them are done.
  public func stageCounts() throws -> [String: StageCount] {
    try read { db in
      let rows = try Row.fetchAll(
        db,
        sql: """
          SELECT run_id, count(*) AS total, sum(status IN ('succeeded', 'reused')) AS done
          FROM stage GROUP BY run_id
          """)
      return Dictionary(
        uniqueKeysWithValues: rows.map { row in
          (row["run_id"], StageCount(done: row["done"], total: row["total"]))
        })
    }
  }

  /// When each run was begun and for how long it was worked on, in milliseconds; runs that reuse all
  /// their stages are left out.
  public func runTimes() throws -> [String: (began: Int64, spent: Int64)] {
    try read { db in
      let rows = try Row.fetchAll(
        db,
        sql: """
          SELECT stage.run_id, min(started_at) AS began,
            sum(max(0, coalesce(ended_at, ?) - started_at)) AS spent
          FROM attempt JOIN stage ON stage.id = attempt.stage_id WHERE n > 0 GROUP BY stage.run_id
          """, arguments: [now()])
      return Dictionary(
        uniqueKeysWithValues: rows.map { row -> (String, (began: Int64, spent: Int64)) in
          (row["run_id"], (began: row["began"], spent: row["spent"]))
        })
    }
  }

  /// A run's stages in the order of its recipe.
  public func stages(run: String) throws -> [StageRecord] {
    try read { db in
      try Row.fetchAll(
        db, sql: "\(StageRecord.select) WHERE stage.run_id = ? ORDER BY stage.position",
        arguments: [run]
      ).map { row in
        var stage = try StageRecord(row: row)
        if stage.status == .running, isDead(run: run) { stage.status = .interrupted }
        return stage
      }
    }
  }

  public func stage(_ name: String, of run: RunRecord) throws -> StageRecord {
    guard let found = try stages(run: run.id).first(where: { $0.name == name }) else {
      throw StorageError.noSuchStage(name, run: run.name)
    }
    return found
  }

  /// The run that made the result which a stage reuses; nil when it made it itself.
  public func origin(of stage: StageRecord) throws -> String? {
    try read { db in
      try String.fetchOne(
        db,
        sql: """
          SELECT run.name || ' (' || run.id || ')' FROM stage
          JOIN stage AS origin ON origin.id = stage.origin_id JOIN run ON run.id = origin.run_id
          WHERE stage.id = ?
          """, arguments: [stage.id])
    }
  }

  public func attempts(stage: Int64) throws -> [AttemptRecord] {
    try read { db in
      try Row.fetchAll(
        db, sql: "SELECT * FROM attempt WHERE stage_id = ? ORDER BY n", arguments: [stage]
      ).map {
        AttemptRecord(
          number: $0["n"], fromStep: $0["from_step"], status: $0["status"], cause: $0["cause"],
          startedAt: $0["started_at"], endedAt: $0["ended_at"])
      }
    }
  }

  /// The manifests of a stage's outputs, by port.
  public func outputs(stage: Int64) throws -> [String: String] {
    try read { db in
      let rows = try Row.fetchAll(
        db, sql: "SELECT name, manifest FROM output WHERE stage_id = ?", arguments: [stage])
      return Dictionary(uniqueKeysWithValues: rows.map { ($0["name"], $0["manifest"]) })
    }
  }

  /// What happened to a run, oldest first, after an event.
  public func events(
    run: String, stage: String? = nil, after sequence: Int64 = 0
  ) throws -> [EventRecord] {
    try read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT event.*, stage.name AS stage_name FROM event
          LEFT JOIN stage ON stage.id = event.stage_id
          WHERE event.run_id = ?1 AND event.seq > ?2 AND (?3 IS NULL OR stage.name = ?3)
          ORDER BY event.seq
          """, arguments: [run, sequence, stage]
      ).map {
        EventRecord(
          sequence: $0["seq"], run: $0["run_id"], stage: $0["stage_name"], at: $0["at"],
          kind: $0["kind"], data: try Columns.decode([String: EventValue].self, $0["data"]))
      }
    }
  }
}
