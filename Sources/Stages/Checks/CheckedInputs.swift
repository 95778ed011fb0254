import Datasets
import Host
import Neural
import Recipes
import Settings
import Tasks
import Workflow

/// A mistake in the data of a stage.
public struct DataProblem: Sendable, Hashable {
  /// The recipe key of the mistake: `datasets.problems.file`.
  public let field: String
  public let message: String
}

/// The inputs of a stage as far as they exist before anything runs, and the mistakes found in them.
struct CheckedInputs {
  let stage: StageSpec
  private let recipe: Recipe
  private let models: ModelReaders
  private(set) var problems: [DataProblem] = []
  private(set) var notes: [String] = []
  /// Datasets whose rows cannot be read: reported once.
  private var broken: Set<String> = []

  init(_ stage: StageSpec, _ recipe: Recipe, _ models: ModelReaders) {
    self.stage = stage
    self.recipe = recipe
    self.models = models
  }

  // MARK: What is there

  /// A model without weights; nil if there is none, or if it cannot be read, which is then
  /// reported.
  mutating func model(_ port: String = "model") -> LanguageModel? {
    guard let reference = stage.inputs[port]?.first else { return nil }
    switch models.model(of: reference) {
    case .success(let model): return model
    case .failure(let failure):
      tell(failure.field, failure.message)
      return nil
    }
  }

  /// The datasets at a port that are files or tasks.
  func data(_ port: String) -> [StageInput] {
    (stage.inputs[port] ?? []).compactMap { reference in
      guard case .source(let name) = reference.origin, let spec = recipe.datasets[name],
        isThere(spec)
      else { return nil }
      return StageInput(
        name: name, content: .source(bounded(spec.values), models.files), weight: reference.weight,
        window: reference.window, seed: recipe.seed(ofSource: name))
    }
  }

  /// Whether all inputs of a port could be read.
  func isComplete(_ port: String) -> Bool {
    let known = data(port).filter { !broken.contains($0.name) }
    return known.count == stage.inputs[port]?.count ?? 0
  }

  /// A file that a recipe describes in `assume` may be missing.
  private func isThere(_ spec: SourceSpec) -> Bool {
    DatasetConfiguration(values: spec.values).file.map {
      models.files.status($0.path) != nil
    } ?? true
  }

  /// The values of a dataset with a limit where it is the train side of a task.
  private func bounded(_ values: [String: ConfigValue]) -> [String: ConfigValue] {
    guard let rows = DatasetConfiguration(values: values).drawnRows else { return values }
    return values.merging(["limit": .int(max(1, min(rows, DrawnRows.examined)))]) { $1 }
  }

  /// How many rows a dataset will have, of which `found` were checked.
  private func size(_ input: StageInput, found: Int) -> Int {
    DatasetConfiguration(values: recipe.datasets[input.name]?.values ?? [:]).drawnRows ?? found
  }

  // MARK: What was found

  mutating func tell(_ field: String, _ message: String) {
    let problem = DataProblem(field: field, message: message)
    if !problems.contains(problem) { problems.append(problem) }
  }

  /// A mistake of the stage as a whole.
  mutating func tell(_ message: String) {
    tell("stages.\(stage.name)", "stage '\(stage.name)': \(message)")
  }

  mutating func note(_ message: String) { notes.append("\(stage.name): \(message)") }

  /// Does what a stage does with the rows of each dataset at a port, and reports what is wrong with
  /// each.
  ///
  /// - Parameter body: gives the number of rows that it found.
  /// - Returns: the datasets that are fine, with their sizes.
  @discardableResult
  mutating func each(
    _ port: String, _ body: (StageInput, (String) -> Void) throws -> Int
  ) -> [(rows: Int, weight: Double, window: StepWindow)] {
    var sizes: [(rows: Int, weight: Double, window: StepWindow)] = []
    for input in data(port) {
      var logs: [String] = []
      do {
        let found = try body(input) { logs.append($0) }
        sizes.append((size(input, found: found), input.weight, input.window))
      } catch {
        broken.insert(input.name)
        tell(error, of: input)
      }
      for log in logs { note(log) }
    }
    return sizes
  }

  /// Runs a check of the whole stage.
  mutating func attempt(_ body: () throws -> Void) {
    do {
      try body()
    } catch {
      tell("\(error)")
    }
  }

  private mutating func tell(_ error: any Error, of input: StageInput) {
    let configuration = DatasetConfiguration(
      values: recipe.datasets[input.name]?.values ?? [:])
    let place = configuration.file == nil ? "task" : "file"
    let field = "datasets.\(input.name).\(place)"
    guard let error = (error as? NamedDatasetError)?.error ?? error as? DatasetError else {
      return tell(field, "stage '\(stage.name)': \(error)")
    }
    for mistake in mistakes(configuration, first: error) {
      tell(field, "dataset '\(input.name)': \(mistake)")
    }
  }

  /// The first mistakes of a file, one per line; a mistake of the whole file is reported alone.
  private func mistakes(
    _ configuration: DatasetConfiguration, first: DatasetError
  ) -> [String] {
    guard first.line != nil, let options = try? configuration.resolved(in: models.files),
      let all = try? Dataset.mistakes(options, in: models.files), all.count > 1
    else { return ["\(first)"] }
    let more = all.count - all.reasons.count
    return all.reasons.map { "\($0)" } + (more > 0 ? ["and \(more) more such lines"] : [])
  }
}

/// The models of a recipe without weights, each read once. A stage's model reads and writes as the one
/// that the stage began with.
final class ModelReaders {
  struct Failure: Error {
    let field: String
    let message: String
  }

  private let recipe: Recipe
  let files: any FileAccess
  private var known: [String: Result<LanguageModel?, Failure>] = [:]

  init(_ recipe: Recipe, in files: any FileAccess) {
    self.recipe = recipe
    self.files = files
  }

  /// nil where there is no such file, which a plan may assume.
  func model(of reference: InputReference) -> Result<LanguageModel?, Failure> {
    switch reference.origin {
    case .source(let name):
      if let model = known[name] { return model }
      let model = read(name)
      known[name] = model
      return model
    case .stage(let name, _):
      let own = recipe.stages.first { $0.name == name }?.inputs["model"]?.first
      return own.map { model(of: $0) } ?? .success(nil)
    }
  }

  private func read(_ name: String) -> Result<LanguageModel?, Failure> {
    let configuration = ModelConfiguration(values: recipe.models[name]?.values ?? [:])
    let path = configuration.path?.path
    if let path, files.status(path) == nil { return .success(nil) }
    do {
      return .success(try configuration.withoutWeights(in: files))
    } catch {
      let place = path == nil ? "" : ".path"
      return .failure(Failure(field: "models.\(name)\(place)", message: "\(error)"))
    }
  }
}
