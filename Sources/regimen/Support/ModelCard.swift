import Foundation
import Insight
import Recipes
import Settings
import Stages
import Storage
import Workflow

/// Where a stage's model comes from: for the README.md of an exported folder, and for the name of the
/// model that adapters are for.
struct ModelCard {
  private let stage: StageRecord
  private let run: RunRecord
  private let file: String
  private let recipe: Recipe
  private let scores: [(name: String, value: Double)]

  init(_ stage: StageRecord, in store: Store) throws {
    self.stage = stage
    run = try store.run(id: stage.run)
    let document = try store.recipe(of: run)
    file = document.path
    recipe = try Recipe(json: document.resolved, catalog: builtInStages.recipes)
    scores = try Self.scores(stage, run, recipe, store)
  }

  /// The path that the recipe gives for the model that the stage began with; nil where that is
  /// another stage's or a new one.
  var base: String? {
    guard let spec = recipe.stages.first(where: { $0.name == stage.name }),
      case .source(let name)? = spec.inputs["model"]?.first?.origin,
      let values = recipe.models[name]?.values, values["adapter"] ?? .null == .null,
      case .string(let path)? = values["path"]
    else { return nil }
    return path
  }

  /// The card as Markdown, with the metadata that hubs read.
  func markdown(library: String, adaptersOf base: String? = nil) -> String {
    let metadata = ["library_name: \(library)"] + (base.map { ["base_model: \($0)"] } ?? [])
    let facts = [
      ("recipe", file), ("run", "\(run.name) (\(run.id))"),
      ("stage", "\(stage.name) (\(stage.kind))"), ("stage key", stage.key),
      ("base", bases.joined(separator: ", ")), ("data", data.joined(separator: ", ")),
    ]
    var lines = ["---"] + metadata
    lines += ["---", "", "# \(run.name)/\(stage.name)", "", "Trained with Regimen.", ""]
    lines += facts.filter { !$0.1.isEmpty }.map { "- \($0.0): \($0.1)" }
    if !scores.isEmpty {
      lines += ["", "| measure | value |", "|---|---|"]
      lines += scores.map { "| \($0.name) | \(Quantity.number($0.value)) |" }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The stage and those that its model went through before.
  private var lineage: [StageSpec] {
    var found: [StageSpec] = []
    var name: String? = stage.name
    while let next = name, let spec = recipe.stages.first(where: { $0.name == next }) {
      found.append(spec)
      guard case .stage(let earlier, _)? = spec.inputs["model"]?.first?.origin else { break }
      name = earlier
    }
    return found
  }

  /// Where the first model of the lineage comes from.
  private var bases: [String] {
    guard case .source(let name)? = lineage.last?.inputs["model"]?.first?.origin else { return [] }
    guard case .string(let path)? = recipe.models[name]?.values["path"], !path.isEmpty else {
      return ["\(name), a new model"]
    }
    return [path]
  }

  /// The data of each stage of the lineage, the newest last.
  private var data: [String] {
    lineage.reversed().flatMap { spec in
      (spec.inputs["data"] ?? []).map { reference in
        switch reference.origin {
        case .source(let name): "\(name) (\(spec.name))"
        case .stage(let name, _): "the output of \(name) (\(spec.name))"
        }
      }
    }
  }

  /// The last value of each metric of evaluations of the stage's model.
  private static func scores(
    _ stage: StageRecord, _ run: RunRecord, _ recipe: Recipe, _ store: Store
  ) throws -> [(name: String, value: Double)] {
    let evaluations = recipe.stages.filter { spec in
      guard builtInStages.recipes.isEvaluation(spec.kind),
        case .stage(stage.name, _)? = spec.inputs["model"]?.first?.origin
      else { return false }
      return true
    }
    return try evaluations.flatMap { spec in
      var last: [String: Double] = [:]
      for metric in try store.metrics(run: run.id, stage: spec.name) {
        if let value = metric.value { last[metric.name] = value }
      }
      return last.sorted { $0.key < $1.key }.map { ("\(spec.name) \($0.key)", $0.value) }
    }
  }
}
