import Datasets
public import Host
import Neural
public import Recipes
public import Settings
import Synchronization
import Workflow

/// The work of every stage of a recipe, from the recipe, its files if they exist, and its
/// assumptions.
///
/// Lengths are means: it ignores that the cost of attention grows with their squares. Norms,
/// rotations and sampling itself are too small to count.
public struct WorkloadPlan: Sendable {
  /// By stage; a stage whose cost is unknown has a reason instead.
  public let stages: [String: Result<Workload, UnknownShape>]

  /// - Parameters:
  ///   - lengths: mean tokens of a completion by stage, where they are known from a run; they
  ///   override the recipe's assumptions.
  ///   - files: where the recipe's models and datasets are.
  ///   - reading: whether files and tasks may be read.
  public init(
    _ recipe: Recipe, in files: any FileAccess, lengths: [String: Double] = [:],
    reading: Bool = true
  ) {
    var sources = SourceShapes(recipe, files, reading: reading)
    var done: [String: StageEstimate] = [:]
    var stages: [String: Result<Workload, UnknownShape>] = [:]
    for stage in recipe.stages {
      do {
        var shapes = try Self.shapes(of: stage, &sources, done)
        shapes.precision = recipe.precision.expected
        shapes.assumed = recipe.assumptions.stages[stage.name] ?? AssumedStage()
        shapes.assumed.completionLength = lengths[stage.name] ?? shapes.assumed.completionLength
        var estimate = try Self.estimate(stage, shapes)
        estimate.workload.memory.rows += shapes.rowBytes(tokenized: estimate.rowsAreTokens)
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
    guard let kind = builtInKind(stage.kind) else {
      throw UnknownShape(description: "stages of kind \(stage.kind) cannot be estimated")
    }
    func open<Kind: BuiltInStage>(_ kind: Kind.Type) throws -> StageEstimate {
      try kind.estimate(Kind.Config(values: stage.values), shapes)
    }
    return try open(kind)
  }

  private static func shapes(
    of stage: StageSpec, _ sources: inout SourceShapes, _ done: [String: StageEstimate]
  ) throws -> StageShapes {
    var shapes = StageShapes()
    for port in builtInKind(stage.kind)?.inputs ?? [] {
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
    UnknownShape(description: "the output of '\(stage)' is not known")
  }
}

extension PrecisionChoice {
  /// The resolved precision on this processor.
  fileprivate var expected: Precision {
    switch self {
    case .f32: .f32
    case .bf16: .bf16
    case .auto: Precision.hasBF16 ? .bf16 : .f32
    }
  }
}

extension InputReference {
  fileprivate func part(_ shape: DatasetShape) -> StageShapes.Part {
    StageShapes.Part(shape: shape, weight: weight, window: window)
  }
}

/// Shapes of datasets that were read.
private final class SeenDatasets: Sendable {
  private let known = Mutex<[String: DatasetShape]>([:])

  func shape(of identity: String, look: () throws -> DatasetShape) throws -> DatasetShape {
    if let shape = known.withLock({ $0[identity] }) { return shape }
    let shape = try look()
    known.withLock { $0[identity] = shape }
    return shape
  }
}

/// The shapes of a recipe's models and datasets, each read once.
private struct SourceShapes {
  private let recipe: Recipe
  private let files: any FileAccess
  private var models: [String: ModelShape] = [:]
  private var datasets: [String: DatasetShape] = [:]

  /// Whether files and tasks may be read.
  private let reading: Bool
  /// The number of a task's rows from which all lengths are estimated.
  private static let sampled = 1000

  init(_ recipe: Recipe, _ files: any FileAccess, reading: Bool) {
    self.recipe = recipe
    self.files = files
    self.reading = reading
  }

  mutating func model(_ name: String) throws -> ModelShape {
    if let known = models[name] { return known }
    let shape = try lookAtModel(name)
    models[name] = shape
    return shape
  }

  private func lookAtModel(_ name: String) throws -> ModelShape {
    let configuration = ModelConfiguration(values: recipe.models[name]?.values ?? [:])
    guard let path = configuration.path?.path else {
      var shape = ModelShape(try configuration.newConfig())
      shape.fileBytes = 0
      return shape
    }
    if files.status(path) != nil {
      var shape = ModelShape(try LanguageModel.loadConfig(path: path, in: files))
      shape.fileBytes = size(path)
      return shape
    }
    guard let assumed = recipe.assumptions.models[name] else {
      throw UnknownShape(
        description: "there is nothing at \(path), and assume.models has no \(name)")
    }
    return ModelShape(assumed)
  }

  /// Bytes of a GGUF file, or of the weights in a folder.
  private func size(_ path: String) -> Double {
    let names = files.names(inFolder: path)
    let parts =
      names.isEmpty
      ? [path] : names.filter { $0.hasSuffix(".safetensors") }.map { "\(path)/\($0)" }
    return parts.reduce(0) { $0 + Double(files.status($1)?.size ?? 0) }
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
    let modified = path.flatMap(files.status)?.modified ?? 0
    return ConfigValue.map(values).canonicalJSON + "|\(path ?? "")|\(modified)"
      + (path == nil ? "|\(recipe.seed(ofSource: name))" : "")
      + "|\(recipe.assumptions.datasets[name].map { "\($0)" } ?? "")"
  }

  private func lookAtDataset(_ name: String) throws -> DatasetShape {
    let values = recipe.datasets[name]?.values ?? [:]
    if let path = DatasetConfiguration(values: values).file?.path,
      files.status(path) == nil
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
    guard reading else {
      throw UnknownShape(description: "dataset '\(name)' was not checked")
    }
    let (looked, size) = sampled(values)
    let input = StageInput(
      name: name, content: .source(looked, files), seed: recipe.seed(ofSource: name))
    return try DatasetShape.looked(at: input) {
      try Self.shape(of: input, size: size)
    }
  }

  private static func shape(of input: StageInput, size: Double?) throws -> DatasetShape {
    var (rows, prompt, completion) = (0.0, 0.0, 0.0)
    try eachRow(input) { row in
      rows += 1
      prompt += Double(row.prompt.text.utf8.count)
      completion += Double(row.completion?.utf8.count ?? 0)
    }
    let count = max(rows, 1)
    return DatasetShape(
      rows: size ?? rows, prompt: prompt / count, completion: completion / count)
  }

  /// The values of a dataset with fewer rows, and how many there will be, where it is a task's train
  /// side: its rows are all drawn alike.
  private func sampled(
    _ values: [String: ConfigValue]
  ) -> (values: [String: ConfigValue], size: Double?) {
    let configuration = DatasetConfiguration(values: values)
    guard let size = configuration.drawnRows, size > Self.sampled else { return (values, nil) }
    return (values.merging(["limit": .int(Self.sampled)]) { $1 }, Double(size))
  }
}

extension DatasetShape {
  /// Shapes of the datasets that this process has read: plan, memory check and progress all use
  /// them.
  private static let known = Mutex<[String: DatasetShape]>([:])

  /// The shape of a dataset, made once for each state of its file.
  fileprivate static func looked(
    at input: StageInput, _ make: () throws -> DatasetShape
  ) throws -> DatasetShape {
    guard case .source(let values, let files) = input.content else { return try make() }
    let path = DatasetConfiguration(values: values).file?.path
    let state = path.flatMap(files.status)
    let key = [
      ConfigValue.map(values).canonicalJSON, "\(input.seed)", "\(state?.modified ?? 0)",
      "\(state?.size ?? 0)",
    ].joined(separator: "|")
    if let shape = known.withLock({ $0[key] }) { return shape }
    let shape = try make()
    known.withLock { $0[key] = shape }
    return shape
  }
}
