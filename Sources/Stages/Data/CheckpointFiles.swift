import Foundation
import Host
import Neural
import Workflow

/// The files of a checkpoint that every training stage writes: the model as an artifact has it or,
/// where only adapters are trained, these; the optimizer's moments; and the stage's own state as JSON.
enum CheckpointFiles {
  static let optimizer = "optimizer.safetensors"
  static let state = "state.json"

  static func encode(_ state: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return try encoder.encode(state)
  }

  static func state<State: Decodable>(_ type: State.Type, in checkpoint: Checkpoint) throws -> State
  {
    try JSONDecoder().decode(type, from: file(Self.state, in: checkpoint))
  }

  static func file(_ name: String, in checkpoint: Checkpoint) throws -> Data {
    guard let content = checkpoint.files[name] else {
      throw TrainingError(
        .data, "the checkpoint of step \(checkpoint.step) has no file \(name); run with --no-cache")
    }
    return try content.data()
  }

  /// The model that a checkpoint holds; nil where it holds adapters of the stage's input.
  static func model(
    in checkpoint: Checkpoint, head: ModelConfig.Head = .languageModel
  ) throws -> LanguageModel? {
    checkpoint.files[Adapters.weightsFile] == nil
      ? try LanguageModel.load(files: checkpoint.files, head: head) : nil
  }

  /// Restores a session: adapters, moments and the number of updates.
  static func restore(_ session: TrainingSession, from checkpoint: Checkpoint) throws {
    if session.adapters != nil {
      try session.restore(weights: file(Adapters.weightsFile, in: checkpoint))
    }
    try session.restore(optimizerState: file(optimizer, in: checkpoint))
  }

  /// The output of a stage that trained a model: the model, with the adapters that are merged into
  /// it.
  static func output(_ session: TrainingSession, model: LanguageModel) throws -> StageOutput {
    let files = try model.files(dtype: .f32).merging(adapters(session) ?? [:]) { $1 }
    return StageOutput(["model": Artifact(files: files)])
  }

  private static func adapters(_ session: TrainingSession) throws -> [String: FileContent]? {
    try session.adapters?.files().mapValues { FileContent($0) }
  }

  /// The checkpoint of a stage that trains nothing: only its state.
  static func checkpoint(of state: some Encodable, step: Int) throws -> Checkpoint {
    Checkpoint(step: step, files: [Self.state: FileContent(try encode(state))])
  }

  static func training(
    _ session: TrainingSession, model: LanguageModel, state: some Encodable, step: Int,
    more: [String: FileContent] = [:]
  ) throws -> Checkpoint {
    var files = try adapters(session) ?? model.files(dtype: .f32)
    files[optimizer] = session.optimizerState
    files[Self.state] = FileContent(try encode(state))
    files.merge(more) { _, new in new }
    return Checkpoint(step: step, files: files)
  }
}
