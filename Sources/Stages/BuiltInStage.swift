import Workflow

/// What the stage kinds of the program declare in addition to what the engine asks of them.
protocol BuiltInStage: StageKind {
  /// The work of a stage and the shapes of its outputs.
  ///
  /// - Throws: `UnknownShape` for what is unknown from the recipe.
  static func estimate(_ config: Config, _ shapes: StageShapes) throws -> StageEstimate
  /// Loads the data that the stage will load and reports mistakes.
  static func check(_ config: Config, _ inputs: inout CheckedInputs)
  /// TRL's trainer of the same algorithm; nil, the default, if there is none.
  static var trainer: TRLTrainer? { get }
}

extension BuiltInStage {
  static var trainer: TRLTrainer? { nil }
}
