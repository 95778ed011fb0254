import Workflow

/// A mistake in the data of a stage.
public struct DataProblem: Sendable, Hashable {
  /// The recipe key of the mistake: `datasets.problems.file`.
  public let field: String
  public let message: String
}

/// A stage kind whose data can be checked before it runs.
protocol DataCheckedStage: StageKind {
  /// Loads the data that the stage will load and reports mistakes.
  static func check(_ config: Config, _ inputs: inout CheckedInputs)
}
