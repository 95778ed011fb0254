import Host
import Neural
import Text
import Workflow

/// The reference of the KL term: the model that the stage started from, or one that follows the
/// policy.
struct ReferenceModel {
  // Both nil when beta is 0 and nothing needs a reference.
  private let model: LanguageModel?
  let scorer: Scorer?
  private let config: GRPOConfiguration
  private var hasMoved: Bool

  private static let weightsFile = "reference.safetensors"

  init(_ config: GRPOConfiguration, start: Checkpoint?, in context: any StageContext) throws {
    self.config = config
    model = config.beta > 0 ? try context.model() : nil
    scorer = model.map { Scorer(model: $0, over: .tokenizer) }
    let moved = start?.files[Self.weightsFile]
    hasMoved = moved != nil
    if let moved { try model?.restore(weights: moved.data()) }
  }

  /// Moves the reference after update `step`, if it is one of the sync steps:
  /// alpha x policy + (1 - alpha) x reference.
  mutating func follow(_ policy: LanguageModel, step: Int, in context: any StageContext) {
    guard let model, config.syncRefModel, step.isMultiple(of: config.refModelSyncSteps) else {
      return
    }
    context.waitForCheckpoint()
    model.mix(with: policy, share: config.refModelMixupAlpha)
    hasMoved = true
  }

  /// The files of a checkpoint beyond the stage's input.
  func files() throws -> [String: FileContent] {
    guard let model, hasMoved else { return [:] }
    return [Self.weightsFile: try model.weights(dtype: .f32)]
  }
}
