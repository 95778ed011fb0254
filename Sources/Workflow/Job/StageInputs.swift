import Foundation
import Recipes
import Storage

/// Gathers what a stage takes in.
struct StageInputs {
  let store: Store
  let run: RunRecord
  let recipe: Recipe
  let catalog: StageCatalog

  func all(_ step: PlanStep, _ kind: any StageKind.Type) throws -> [String: [StageInput]] {
    var inputs: [String: [StageInput]] = [:]
    for port in kind.inputs {
      inputs[port.name] = try (step.stage.inputs[port.name] ?? []).map { try input($0, port.type) }
    }
    return inputs
  }

  private func input(_ reference: InputReference, _ type: PortType) throws -> StageInput {
    switch reference.origin {
    case .source(let name):
      let sources = type == .dataset ? recipe.datasets : recipe.models
      return StageInput(
        name: name, content: .source(sources[name]?.values ?? [:]), weight: reference.weight,
        window: reference.window,
        seed: recipe.seed(ofSource: name))
    case .stage(let name, let output):
      return StageInput(
        name: "\(name).\(output)", content: try artifact(name, output), weight: reference.weight,
        window: reference.window,
        seed: recipe.seed(ofSource: name), locate: try reviewedRows(name))
    }
  }

  /// Where the rows of a stage that asks people stand in the file that they handed in.
  private func reviewedRows(_ stage: String) throws -> @Sendable (Int) -> String? {
    let record = try store.stage(stage, of: run)
    guard catalog.kind(record.kind)?.asksPeople == true else { return { _ in nil } }
    let path = store.workspace.reviewedFile(record.reusedFrom ?? run.id, stage: stage)
    return { id in
      guard let data = FileManager.default.contents(atPath: path) else { return nil }
      let lines = data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      let place = lines.firstIndex {
        (try? JSONDecoder().decode(NumberedRow.self, from: Data($0)))?.id == id
      }
      return place.map { "\(path):\($0 + 1)" }
    }
  }

  private struct NumberedRow: Decodable {
    let id: Int
  }

  private func artifact(_ stage: String, _ output: String) throws -> StageInput.Content {
    let record = try store.stage(stage, of: run)
    guard let digest = try store.outputs(stage: record.id)[output] else {
      preconditionFailure("'\(stage)' has no output '\(output)'; the loader checks this")
    }
    let objects = store.objects
    let files = try objects.manifest(digest).files
    return .artifact(names: files.keys.sorted()) { name in
      guard let file = files[name] else { throw WorkflowError.noFile(name, in: stage) }
      return try objects.read(file.sha256)
    }
  }
}
