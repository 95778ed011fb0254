import Recipes
import Storage

/// Collects the inputs of a stage, for its job.
struct StageInputs {
  let store: Store
  let run: RunRecord
  let recipe: Recipe
  let catalog: StageCatalog

  func all(
    _ step: PlanStep, _ kind: any StageKind.Type
  ) throws -> [String: [StageJob.Input]] {
    var inputs: [String: [StageJob.Input]] = [:]
    for port in kind.inputs {
      inputs[port.name] = try (step.stage.inputs[port.name] ?? []).map { try input($0, port.type) }
    }
    return inputs
  }

  private func input(_ reference: InputReference, _ type: PortType) throws -> StageJob.Input {
    switch reference.origin {
    case .source(let name):
      let sources = type == .dataset ? recipe.datasets : recipe.models
      return StageJob.Input(
        name: name, content: .source(sources[name]?.values ?? [:]), weight: reference.weight,
        window: reference.window, seed: recipe.seed(ofSource: name), reviewedFile: nil)
    case .stage(let name, let output):
      return StageJob.Input(
        name: "\(name).\(output)", content: try artifact(name, output),
        weight: reference.weight, window: reference.window, seed: recipe.seed(ofSource: name),
        reviewedFile: try reviewedFile(name))
    }
  }

  /// The places of a reviewed stage's rows in the file of the answer.
  private func reviewedFile(_ stage: String) throws -> String? {
    let record = try store.stage(stage, of: run)
    guard catalog.kind(record.kind)?.asksPeople == true else { return nil }
    return store.workspace.reviewedFile(record.reusedFrom ?? run.id, stage: stage)
  }

  private func artifact(_ stage: String, _ output: String) throws -> StageJob.Input.Content {
    let record = try store.stage(stage, of: run)
    guard let digest = try store.outputs(stage: record.id)[output] else {
      preconditionFailure("'\(stage)' has no output '\(output)'; the loader checks this")
    }
    return .artifact(manifest: digest, stage: stage)
  }
}
