import GRDB

/// A stage of an earlier run, as a plan compares it with a new one.
public struct EarlierStage: Sendable, Hashable, Decodable {
  public let id: Int64
  public let run: String
  public let runName: String
  public let recipe: String
  public let runStatus: RunStatus
  public let name: String
  public let kind: String
  public let key: String
  public let components: String
  public let status: StageStatus
  public let totalSteps: Int?
  /// The step of its newest good checkpoint, and of its newest broken one.
  public let checkpointStep: Int?
  public let brokenStep: Int?
  /// Whether its result was found broken.
  public let isLost: Bool
  /// Time that its attempts took, if it ran to its end in this run.
  public let seconds: Double?
  /// Bytes of its largest checkpoint, and of its outputs; nil unless it ran to its end in this run.
  public let checkpointBytes: Int?
  public let outputBytes: Int?
}

extension Store {
  /// The stage whose result is shared under a key; ask `hasOutputs` before relying on it.
  public func cachedStage(key: String) throws -> EarlierStage? {
    try earlier("JOIN cache ON cache.stage_id = stage.id WHERE cache.key = ?", [key], limit: 1)
      .first
  }

  /// Whether the outputs of a finished stage are all there; some kinds leave none.
  public func hasOutputs(stage: Int64) throws -> Bool {
    try !isLost(stage: stage) && outputs(stage: stage).values.allSatisfy(objects.isComplete)
  }

  /// Stages that were tried with a key, newest first.
  public func earlierStages(key: String) throws -> [EarlierStage] {
    try earlier("WHERE stage.key = ? AND stage.status <> 'skipped'", [key], limit: 20)
  }

  /// Stages of a name and kind that were tried or finished, newest first.
  public func earlierStages(
    name: String, kind: String, limit: Int = 20
  ) throws -> [EarlierStage] {
    try earlier(
      """
      WHERE stage.name = ? AND stage.kind = ?
        AND stage.status NOT IN ('pending', 'skipped', 'blocked')
      """, [name, kind], limit: limit)
  }

  /// Of the newest 50 finished stages of a kind the newest whose key components contain a text.
  public func finishedStage(kind: String, containing text: String) throws -> EarlierStage? {
    try earlier(
      """
      WHERE stage.id IN (SELECT id FROM stage WHERE kind = ? AND status = 'succeeded'
        ORDER BY id DESC LIMIT 50) AND instr(stage.components, ?) > 0
      """, [kind, text], limit: 1
    ).first
  }

  private func earlier(
    _ condition: String, _ arguments: StatementArguments, limit: Int
  ) throws -> [EarlierStage] {
    try read {
      try $0.rows(
        """
        WITH found AS (
          SELECT stage.id, stage.run_id AS run, run.name AS runName, run.recipe,
            run.status AS runStatus, stage.name, stage.kind, stage.key, stage.components,
            stage.status, stage.total_steps AS totalSteps, stage.status = 'succeeded' AS isMade,
            stage.checkpoint_bytes FROM stage JOIN run ON run.id = stage.run_id \(condition)
          ORDER BY stage.id DESC LIMIT \(limit))
        SELECT *,
          (SELECT max(step) FROM checkpoint WHERE stage_id = found.id AND NOT corrupt)
            AS checkpointStep,
          (SELECT max(step) FROM checkpoint WHERE stage_id = found.id AND corrupt) AS brokenStep,
          EXISTS (SELECT 1 FROM output WHERE stage_id = found.id AND lost IS NOT NULL) AS isLost,
          iif(isMade, checkpoint_bytes, NULL) AS checkpointBytes,
          iif(isMade, (SELECT sum(object.size) FROM output
            JOIN manifest_file ON manifest_file.manifest = output.manifest
            JOIN object ON object.sha256 = manifest_file.sha256
            WHERE output.stage_id = found.id), NULL) AS outputBytes,
          iif(isMade, (SELECT sum(ended_at - started_at) / 1000.0 FROM attempt
            WHERE stage_id = found.id), NULL) AS seconds
        FROM found ORDER BY id DESC
        """, arguments)
    }
  }
}
