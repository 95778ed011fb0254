import Datasets
import Foundation
import Neural
public import Recipes
import Synchronization
import Workflow

/// What every stage of a recipe has to do, told from the recipe, its files where they are there, and
/// what it assumes.
///
/// Lengths are means: that the cost of attention grows with their squares is left aside. The shares of
/// norms, rotations and sampling itself are too small to count.
public struct WorkloadPlan: Sendable {
  /// By stage; a stage whose cost cannot be told has a reason instead.
  public let stages: [String: Result<Workload, UnknownShape>]

  /// - Parameter lengths: mean tokens of a completion by stage, where they are known from a run; they
  ///   go before what the recipe assumes.
  public init(_ recipe: Recipe, lengths: [String: Double] = [:]) {
    var sources = SourceShapes(recipe)
    var done: [String: StageEstimate] = [:]
    var stages: [String: Result<Workload, UnknownShape>] = [:]
    for stage in recipe.stages {
      do {
        var shapes = try Self.shapes(of: stage, &sources, done)
        shapes.assumed = recipe.assumptions.stages[stage.name] ?? AssumedStage()
        shapes.assumed.completionLength = lengths[stage.name] ?? shapes.assumed.completionLength
        let estimate = try Self.estimate(stage, shapes)
        done[stage.name] = estimate
        stages[stage.name] = .success(estimate.workload)
      } catch let unknown as UnknownShape {
        stages[stage.name] = .failure(unknown)
      } catch {
        stages[stage.name] = .failure(UnknownShape(description: "\(error)"))
      }
    }
    self.stages = stages
  }

  private static func estimate(_ stage: StageSpec, _ shapes: StageShapes) throws -> StageEstimate {
    guard let kind = builtInStages.kind(stage.kind) as? any EstimatedStage.Type else {
      throw UnknownShape(description: "stages of kind \(stage.kind) cannot be estimated")
    }
    func open<Kind: EstimatedStage>(_ kind: Kind.Type) throws -> StageEstimate {
      try kind.estimate(Kind.Config(values: stage.values), shapes)
    }
    return try open(kind)
  }

  private static func shapes(
    of stage: StageSpec, _ sources: inout SourceShapes, _ done: [String: StageEstimate]
  ) throws -> StageShapes {
    var shapes = StageShapes()
    for port in builtInStages.recipes.kind(stage.kind)?.inputs ?? [] {
      for reference in stage.inputs[port.name] ?? [] {
        switch (port.type, reference.origin) {
        case (.dataset, .source(let name)):
          let shape = try sources.dataset(name)
          shapes.datasets[port.name, default: []].append(reference.part(shape))
        case (.dataset, .stage(let name, let output)):
          guard let shape = done[name]?.datasets[output] else { throw unknown(name) }
          shapes.datasets[port.name, default: []].append(reference.part(shape))
        case (_, .source(let name)):
          shapes.models[port.name, default: []].append(try sources.model(name))
        case (_, .stage(let name, let output)):
          guard let shape = done[name]?.models[output] else { throw unknown(name) }
          shapes.models[port.name, default: []].append(shape)
        }
      }
    }
    return shapes
  }

  private static func unknown(_ stage: String) -> UnknownShape {
    UnknownShape(description: "what '\(stage)' leaves is not known")
  }
}

extension InputReference {
  fileprivate func part(_ shape: DatasetShape) -> StageShapes.Part {
    StageShapes.Part(shape: shape, weight: weight, window: window)
  }
}

/// Shapes of datasets that were looked at.
private final class SeenDatasets: Sendable {
  private let known = Mutex<[String: DatasetShape]>([:])

  func shape(of identity: String, look: () throws -> DatasetShape) throws -> DatasetShape {
    if let shape = known.withLock({ $0[identity] }) { return shape }
    let shape = try look()
    known.withLock { $0[identity] = shape }
    return shape
  }
}

/// The shapes of a recipe's models and datasets, each looked at once.
private struct SourceShapes {
  private let recipe: Recipe
  private var models: [String: ModelShape] = [:]
  private var datasets: [String: DatasetShape] = [:]

  init(_ recipe: Recipe) { self.recipe = recipe }

  mutating func model(_ name: String) throws -> ModelShape {
    if let known = models[name] { return known }
    let shape = try lookAtModel(name)
    models[name] = shape
    return shape
  }

  private func lookAtModel(_ name: String) throws -> ModelShape {
    let configuration = ModelConfiguration(values: recipe.models[name]?.values ?? [:])
    guard let path = configuration.path?.path else {
      return ModelShape(try configuration.newConfig())
    }
    if FileManager.default.fileExists(atPath: path) {
      return ModelShape(try LanguageModel.loadConfig(path: path))
    }
    guard let assumed = recipe.assumptions.models[name] else {
      throw UnknownShape(
        description: "there is nothing at \(path), and assume.models has no \(name)")
    }
    return ModelShape(assumed)
  }

  mutating func dataset(_ name: String) throws -> DatasetShape {
    if let known = datasets[name] { return known }
    let shape = try Self.seen.shape(of: identity(name)) { try lookAtDataset(name) }
    datasets[name] = shape
    return shape
  }

  /// Files are read once in a process, however many recipes name them.
  private static let seen = SeenDatasets()

  /// What a dataset's shape depends on.
  private func identity(_ name: String) -> String {
    let values = recipe.datasets[name]?.values ?? [:]
    let path = DatasetConfiguration(values: values).file?.path
    let stamp = path.flatMap { try? FileManager.default.attributesOfItem(atPath: $0) }
    let modified = (stamp?[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
    return ConfigValue.map(values).canonicalJSON + "|\(path ?? "")|\(modified)"
      + (path == nil ? "|\(recipe.seed(ofSource: name))" : "")
      + "|\(recipe.assumptions.datasets[name].map { "\($0)" } ?? "")"
  }

  private func lookAtDataset(_ name: String) throws -> DatasetShape {
    let values = recipe.datasets[name]?.values ?? [:]
    if let path = DatasetConfiguration(values: values).file?.path,
      !FileManager.default.fileExists(atPath: path)
    {
      guard let assumed = recipe.assumptions.datasets[name] else {
        throw UnknownShape(
          description: "there is nothing at \(path), and assume.datasets has no \(name)")
      }
      // A vocabulary that was learnt writes about four bytes of text with a token.
      return DatasetShape(
        rows: assumed.rows, prompt: 4 * assumed.promptTokens,
        completion: 4 * assumed.completionTokens)
    }
    let rows = try loadRows(
      StageInput(name: name, content: .source(values), seed: recipe.seed(ofSource: name)))
    let count = Double(max(rows.count, 1))
    return DatasetShape(
      rows: Double(rows.count),
      prompt: Double(rows.reduce(0) { $0 + $1.prompt.text.utf8.count }) / count,
      completion: Double(rows.reduce(0) { $0 + ($1.completion?.utf8.count ?? 0) }) / count)
  }
}
