public import Host
import Recipes
import Settings
public import Workflow

/// The mistakes in the data of a plan's stages, found before any of them runs, by the code that the
/// stages load their data with.
///
/// It checks rows of files and tasks; the outputs of other stages do not exist yet. Of the train
/// side of a task, which has no end, it checks `DrawnRows.examined` rows.
public struct DataCheck: Sendable {
  /// All mistakes, each once.
  public private(set) var problems: [DataProblem] = []
  /// Notes that are not mistakes.
  public private(set) var notes: [String] = []

  /// Earlier checks that found nothing wrong, by a description of everything that a check depends
  /// on.
  public struct Memory {
    /// The notes of a check; nil if it is not known.
    public let notes: (_ description: String) -> [String]?
    public let remember: (_ description: String, _ notes: [String]) -> Void

    public init(
      notes: @escaping (String) -> [String]?, remember: @escaping (String, [String]) -> Void
    ) {
      self.notes = notes
      self.remember = remember
    }
  }

  /// - Parameters:
  ///   - program: the version of the program, which decides how data is read.
  ///   - memory: earlier checks, by this and other commands.
  ///   - files: what the data are read from.
  public init(_ plan: Plan, program: String, memory: Memory, in files: any FileAccess) {
    let models = ModelReaders(plan.recipe, in: files)
    for step in plan.steps where !step.action.isReuse {
      let description = CheckDescription(plan).text(of: step, program: program)
      if let known = memory.notes(description) {
        add(notes: known)
        continue
      }
      let inputs = Self.look(at: step.stage, of: plan.recipe, models)
      if inputs.problems.isEmpty { memory.remember(description, inputs.notes) }
      add(notes: inputs.notes)
      for problem in inputs.problems where !problems.contains(problem) { problems.append(problem) }
    }
  }

  /// Checks the data of a stage, whatever was checked before.
  static func look(
    at stage: StageSpec, of recipe: Recipe, _ models: ModelReaders
  ) -> CheckedInputs {
    var inputs = CheckedInputs(stage, recipe, models)
    if let kind = builtInKind(stage.kind) { check(kind, &inputs) }
    return inputs
  }

  private mutating func add(notes more: [String]) {
    for note in more where !notes.contains(note) { notes.append(note) }
  }

  private static func check<Kind: BuiltInStage>(
    _ kind: Kind.Type, _ inputs: inout CheckedInputs
  ) {
    Kind.check(Kind.Config(values: inputs.stage.values), &inputs)
  }
}

/// What decides the outcome of a check: the parts of a stage's key that its data depend on.
private struct CheckDescription {
  private let keys: [String: StageKey]

  init(_ plan: Plan) {
    keys = Dictionary(plan.steps.map { ($0.name, $0.key) }) { first, _ in first }
  }

  /// How a stage optimizes changes nothing about its data.
  private static let ignored = Set(OptimizationOptions.fields.map(\.description.name))

  /// Canonical JSON.
  func text(of step: PlanStep, program: String) -> String {
    var parts = members(step.key.components)
    parts["params"] = .map(
      members(parts["params"]).filter { !Self.ignored.contains($0.key) })
    parts["inputs"] = .map(members(parts["inputs"]).mapValues(resolved))
    for name in ["seed", "numerics", "policy"] { parts[name] = nil }
    parts["program"] = .string(program)
    return ConfigValue.map(parts).canonicalJSON
  }

  /// References with each stage replaced by its own model.
  private func resolved(_ references: ConfigValue) -> ConfigValue {
    guard case .list(let references) = references else { return references }
    return .list(
      references.map { reference in
        var parts = members(reference)
        guard case .string(let key)? = parts["stage"],
          let upstream = keys.values.first(where: { $0.digest == key })
        else { return reference }
        parts["stage"] = members(members(upstream.components)["inputs"])["model"].map(resolved)
        return .map(parts)
      })
  }

  private func members(_ value: ConfigValue?) -> [String: ConfigValue] {
    if case .map(let members)? = value { members } else { [:] }
  }
}
