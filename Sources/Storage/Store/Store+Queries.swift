import GRDB

/// What commands and reports ask.
extension Store {
  /// All runs, newest first.
  public func runs() throws -> [RunRecord] {
    try read {
      try runs($0, "ORDER BY created_at DESC, coalesce(position, 0) DESC, rowid DESC")
    }
  }

  /// The run that a person means: an id, a name (its newest run), a unique prefix of an id, `@last`
  /// (the newest that was begun).
  public func run(selector: String) throws -> RunRecord {
    try read { db in
      for condition in [selector == "@last" ? "?1 = '@last'" : "id = ?1", "name = ?1"] {
        let order = selector == "@last" ? "status = 'created', " : ""
        let found = try runs(
          db,
          """
          WHERE \(condition)
          ORDER BY \(order) created_at DESC, coalesce(position, 0) DESC, rowid DESC LIMIT 1
          """, [selector])
        if let run = found.first { return run }
      }
      let found = try runs(
        db, "WHERE substr(id, 1, length(?1)) = ?1 ORDER BY id LIMIT 9", [selector])
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
    let found: RecipeDocument? = try read {
      try $0.row("SELECT * FROM recipe WHERE id = ?", [run.recipeID])
    }
    guard let found else { throw StorageError.brokenRow("run \(run.id) has no recipe") }
    return found
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
    var stages: [StageRecord] = try read {
      try $0.rows("\(StageRecord.select) WHERE stage.run_id = ? ORDER BY stage.position", [run])
    }
    for index in stages.indices where stages[index].status == .running && isDead(run: run) {
      stages[index].status = .interrupted
    }
    return stages
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
    try read {
      try $0.rows(
        """
        SELECT n AS number, from_step AS fromStep, status, cause, started_at AS startedAt,
          ended_at AS endedAt FROM attempt WHERE stage_id = ? ORDER BY n
        """, [stage])
    }
  }

  /// The manifests of a stage's outputs, by port.
  public func outputs(stage: Int64) throws -> [String: String] {
    try read { db in
      let rows = try Row.fetchCursor(
        db, sql: "SELECT name, manifest FROM output WHERE stage_id = ?", arguments: [stage])
      return try Dictionary(uniqueKeysWithValues: rows.map { ($0["name"], $0["manifest"]) })
    }
  }

  /// What happened to a run, oldest first, after an event.
  public func events(
    run: String, stage: String? = nil, after sequence: Int64 = 0
  ) throws -> [EventRecord] {
    try read {
      try $0.rows(
        """
        SELECT event.seq AS sequence, event.run_id AS run, stage.name AS stage, event.at,
          event.kind, event.data
        FROM event LEFT JOIN stage ON stage.id = event.stage_id
        WHERE event.run_id = ?1 AND event.seq > ?2 AND (?3 IS NULL OR stage.name = ?3)
        ORDER BY event.seq
        """, [run, sequence, stage])
    }
  }
}
