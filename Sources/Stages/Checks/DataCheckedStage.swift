import Workflow

/// A mistake in the data of a stage.
public struct DataProblem: Sendable, Hashable {
  /// Where the recipe names what is at fault: `datasets.problems.file`.
  public let field: String
  public let message: String
}

/// A stage kind whose data can be checked before it runs.
protocol DataCheckedStage: StageKind {
  /// Loads what the stage will load and tells what is wrong.
  static func check(_ config: Config, _ inputs: inout CheckedInputs)
}
