import GRDB
public import Trace

/// The live rows of a run: of a reused stage those of the run that it comes from.
extension Store {
  /// Hands over metrics in the order of stages, steps and names.
  public func metrics(
    run: String, stage: String? = nil, name: String? = nil, _ body: (MetricRecord) throws -> Void
  ) throws {
    try eachStage(run, stage) { db, id, stage in
      let rows = try Row.fetchCursor(
        db,
        sql: """
          SELECT * FROM metric_current WHERE stage_id = ?1 AND (?2 IS NULL OR name = ?2)
          ORDER BY step, name
          """, arguments: [id, name])
      while let row = try rows.next() {
        try body(
          MetricRecord(
            stage: stage, step: row["step"], name: row["name"], value: row["value"], at: row["at"]))
      }
    }
  }

  public func metrics(
    run: String, stage: String? = nil, name: String? = nil
  ) throws -> [MetricRecord] {
    var found: [MetricRecord] = []
    try metrics(run: run, stage: stage, name: name) { found.append($0) }
    return found
  }

  /// Whether a stage recorded a metric.
  public func hasMetric(_ name: String, stage: Int64) throws -> Bool {
    try read { db in
      try Bool.fetchOne(
        db, sql: "SELECT EXISTS (SELECT 1 FROM metric WHERE stage_id = ? AND name = ?)",
        arguments: [stage, name]) ?? false
    }
  }

  /// The names of all metrics that a stage recorded.
  public func metricNames(stage: Int64) throws -> [String] {
    try read { db in
      try String.fetchAll(
        db, sql: "SELECT DISTINCT name FROM metric WHERE stage_id = ? ORDER BY name",
        arguments: [stage])
    }
  }

  /// Hands over samples, with the names of their stages, in the order of stages, steps, prompts and
  /// samples.
  ///
  /// - Parameter wrongOnly: those whose `accuracy` reward, or else whose reward, is not positive.
  public func samples(
    run: String, stage: String? = nil, step: Int? = nil, wrongOnly: Bool = false,
    _ body: (_ stage: String, Sample) throws -> Void
  ) throws {
    try eachStage(run, stage) { db, id, stage in
      let rows = try Row.fetchCursor(
        db,
        sql: """
          SELECT * FROM sample_current
          WHERE stage_id = ?1 AND (?2 IS NULL OR step = ?2)
            AND (?3 OR coalesce(rewards ->> '$.accuracy.score', reward) <= 0)
          ORDER BY step, prompt_id, sample
          """, arguments: [id, step, !wrongOnly])
      while let row = try rows.next() { try body(stage, Sample(row: row)) }
    }
  }

  public func samples(
    run: String, stage: String? = nil, step: Int? = nil, wrongOnly: Bool = false
  ) throws -> [Sample] {
    var found: [Sample] = []
    try samples(run: run, stage: stage, step: step, wrongOnly: wrongOnly) { found.append($1) }
    return found
  }

  /// Scores of single items, in the order of stages, evaluations, items and samples.
  public func items(run: String, stage: String? = nil) throws -> [Item] {
    var found: [Item] = []
    try eachStage(run, stage) { db, id, _ in
      found += try db.rows(
        "SELECT * FROM item WHERE stage_id = ? ORDER BY evaluation, item, sample", [id])
    }
    return found
  }

  private func eachStage(
    _ run: String, _ stage: String?, _ body: (Database, Int64, String) throws -> Void
  ) throws {
    try read { db in
      let stages = try Row.fetchAll(
        db,
        sql: """
          SELECT coalesce(origin_id, id) AS id, name FROM stage
          WHERE run_id = ?1 AND (?2 IS NULL OR name = ?2) ORDER BY position
          """, arguments: [run, stage])
      if let stage, stages.isEmpty { throw StorageError.noSuchStage(stage, run: run) }
      for row in stages { try body(db, row["id"], row["name"]) }
    }
  }
}
