import GRDB

/// The runs that one command started together.
public struct ExperimentRecord: Sendable, Hashable {
  public let id: String
  public let name: String
  public let createdAt: Int64
  /// In the order in which they are carried out.
  public let runs: [RunRecord]

  /// Those that are still to be carried out or to be ended.
  public var unfinished: [RunRecord] { runs.filter { $0.status != .succeeded } }
}

/// What `resume` continues.
public enum ResumeTarget: Sendable, Hashable {
  case run(RunRecord)
  case experiment(ExperimentRecord)
}

/// Experiments, and what is left to do.
extension Store {
  public func experiment(of run: RunRecord) throws -> ExperimentRecord? {
    guard let id = run.experiment else { return nil }
    return try read { try experiment($0, "id = ?", [id]) }
  }

  private func experiment(
    _ db: Database, _ condition: String, _ arguments: StatementArguments
  ) throws -> ExperimentRecord? {
    let row = try Row.fetchOne(
      db, sql: "SELECT * FROM experiment WHERE \(condition) ORDER BY created_at DESC LIMIT 1",
      arguments: arguments)
    guard let row else { return nil }
    let id: String = row["id"]
    return ExperimentRecord(
      id: id, name: row["name"], createdAt: row["created_at"],
      runs: try runs(db, "WHERE experiment_id = ? ORDER BY position", [id]))
  }

  /// What a person means with a word after `resume`: a run, or an experiment by its id or name; of one
  /// name the newer.
  public func resumeTarget(selector: String) throws -> ResumeTarget {
    let known = try read { try experiment($0, "id = ?1 OR name = ?1", [selector]) }
    let run: RunRecord
    do {
      run = try self.run(selector: selector)
    } catch let error as StorageError where error.code == .notFound {
      guard let known, !known.runs.isEmpty else { throw error }
      return .experiment(known)
    }
    guard let known, !known.runs.isEmpty, known.createdAt >= run.createdAt else {
      return .run(run)
    }
    return .experiment(known)
  }

  /// The newest work that `resume` can go on with; nil if all is done.
  public func newestUnfinished() throws -> ResumeTarget? {
    guard let run = try newestUnfinishedRun() else { return nil }
    return try experiment(of: run).map { .experiment($0) } ?? .run(run)
  }

  /// The newest unfinished run that no later run has made needless.
  public func newestUnfinishedRun() throws -> RunRecord? {
    try read {
      try runs(
        $0,
        """
        WHERE status <> 'succeeded' AND NOT (\(Self.isSuperseded))
        ORDER BY created_at DESC, coalesce(position, 0) DESC, rowid DESC LIMIT 1
        """
      ).first
    }
  }

  /// Unfinished runs that a later run has made needless: it has the results of all their stages.
  public func supersededRuns() throws -> Set<String> {
    try read { db in
      Set(
        try String.fetchAll(
          db,
          sql: "SELECT id FROM run WHERE status IN ('created', 'failed', 'interrupted') "
            + "AND \(Self.isSuperseded)"))
    }
  }

  private static let isSuperseded = """
    EXISTS (SELECT 1 FROM run AS newer WHERE newer.status = 'succeeded'
      AND newer.created_at >= run.created_at AND newer.recipe = run.recipe
      AND newer.variant IS run.variant AND newer.seed = run.seed
      AND NOT EXISTS (SELECT 1 FROM stage WHERE stage.run_id = run.id
        AND stage.status <> 'skipped' AND (stage.forced OR stage.key NOT IN (
          SELECT other.key FROM stage AS other WHERE other.run_id = newer.id
            AND other.status IN ('succeeded', 'reused') AND NOT EXISTS (SELECT 1 FROM output
              WHERE output.stage_id = other.id AND output.lost IS NOT NULL)))))
    """

  /// What to call a run so that it is the one that is found: its name, or its id where a newer run
  /// has its name.
  public func handle(of run: RunRecord) throws -> String {
    try self.run(selector: run.name).id == run.id ? run.name : run.id
  }

  /// The same for `resume` of an experiment as a whole.
  public func handle(of experiment: ExperimentRecord) throws -> String {
    try resumeTarget(selector: experiment.name) == .experiment(experiment)
      ? experiment.name : experiment.id
  }

  /// The same for `resume` of a run alone.
  public func resumeHandle(of run: RunRecord) throws -> String {
    if case .run(let found) = try resumeTarget(selector: run.name), found.id == run.id {
      return run.name
    }
    return run.id
  }
}
