import Recipes
import Settings
import Tasks

/// One entry of `reward_funcs`: a reward by name, or a program, with its weight, types and steps.
struct RewardSpec: NestedConfiguration, Hashable {
  var name: String?
  var command: [CommandWord]?
  var rewardModel: String?
  var normalize = false
  var weight: Double?
  var types: [String]?
  var fromStep = 1
  var untilStep: Int?
  var parameters: [String: Double] = [:]
  var group = false
  var timeout = 10.0
  var retries = 0

  static let shorthand: String? = "name"

  static let fields: [Field<Self>] = [
    Field(
      "name", \.name,
      "The reward, from `list rewards`; for a command, the name of its metrics."),
    Field(
      "command", \.command,
      """
      A program that scores instead: it gets a line of JSON per completion and answers with a \
      line; words that begin with ./, ../ or / are files, whose content counts.
      """),
    Field(
      "reward_model", \.rewardModel,
      "A stage of the input reward_model, whose model scores the completion."),
    Field(
      "normalize", \.normalize,
      "Convert a reward model's score to standard deviations from the mean of its held-out "
        + "scores."),
    Field("weight", \.weight, range: -1e6...1e6, "The factor of the score; null: 1."),
    Field("types", \.types, "The types of rows that it applies to; null: all rows."),
    Field(
      "from_step", \.fromStep, range: 1...1e9, unit: "updates",
      "The first update that it applies to; inside a batch of rollouts, from the next batch on."),
    Field(
      "until_step", \.untilStep, range: 1...1e9, unit: "updates",
      "The last update that it "
        + "applies to; null: no end."),
    Field("parameters", \.parameters, "The reward's own settings, by name."),
    Field(
      "group", \.group,
      """
      Send a command all completions of a prompt at once: it gets lists of completions and answers \
      with a list of scores.
      """),
    Field(
      "timeout", \.timeout, range: 0...86_400, exclusiveMinimum: true, unit: "seconds",
      """
      How long a command may take for one answer, with an extra 60 seconds, once, for its start; \
      after that it is killed and the outcome is an error.
      """),
    JudgeCommand.retries(\.retries),
  ]

  init() {}

  init(_ name: String) { self.name = name }

  /// Its name in metrics and stored rows.
  var label: String {
    name ?? rewardModel ?? command?.first(where: \.isPath).map { Self.fileName($0.text) } ?? ""
  }

  var window: StepWindow { StepWindow(from: fromStep, until: untilStep) }

  func applies(to type: String?, step: Int) -> Bool {
    window.contains(step) && (types.map { type.map($0.contains) ?? false } ?? true)
  }

  private static func fileName(_ path: String) -> String {
    let file = path.split(separator: "/").last ?? ""
    return file.split(separator: ".").first.map(String.init) ?? path
  }

  /// Mistakes of this entry alone.
  var problems: [ConfigProblem] {
    var problems: [ConfigProblem] = []
    if let untilStep, untilStep < fromStep {
      problems.append(ConfigProblem("until_step", "is before from_step (\(fromStep))"))
    }
    if let types, types.isEmpty {
      problems.append(ConfigProblem("types", "an empty list applies to nothing; leave it out"))
    }
    if normalize, rewardModel == nil {
      problems.append(
        ConfigProblem(
          "normalize",
          "only the scores of a reward_model can be normalised"))
    }
    if group, command == nil {
      problems.append(
        ConfigProblem("group", "needs command; other rewards see the group if they need it"))
    }
    if rewardModel != nil { return problems + modelProblems }
    return problems + (command == nil ? rewardProblems : commandProblems)
  }

  private var rewardProblems: [ConfigProblem] {
    guard let name else {
      return [ConfigProblem("name", "'name', 'command' or 'reward_model' is needed")]
    }
    guard let type = RewardCatalog.type(named: name) else {
      let hint =
        commonNamesFromTRL.advice(value: name, of: "name").map { "; \($0)" }
        ?? nearestName(to: name, among: RewardCatalog.names).map { "; did you mean '\($0)'?" }
        ?? "; there are \(RewardCatalog.names.joined(separator: ", "))"
      return [ConfigProblem("name", "no reward named '\(name)'\(hint)")]
    }
    do throws(ParameterError) {
      _ = try RewardCatalog.make(name, parameters)
      return []
    } catch {
      let hint = error.parameter.flatMap { word in
        nearestName(to: word, among: type.parameters.map(\.name))
      }
      return [
        ConfigProblem(
          "parameters", error.description + (hint.map { "; did you mean '\($0)'?" } ?? ""))
      ]
    }
  }

  private var modelProblems: [ConfigProblem] {
    var problems: [ConfigProblem] = []
    if command != nil {
      problems.append(ConfigProblem("command", "cannot be combined with reward_model"))
    }
    if !parameters.isEmpty {
      problems.append(ConfigProblem("parameters", "a reward_model has no parameters"))
    }
    if let name, RewardCatalog.type(named: name) != nil {
      problems.append(ConfigProblem("name", "'\(name)' is a built-in reward; use another name"))
    }
    return problems
  }

  private var commandProblems: [ConfigProblem] {
    if let problem = JudgeCommand.problem(command ?? [], field: "command") { return [problem] }
    return parameters.isEmpty
      ? [] : [ConfigProblem("parameters", "a command has no parameters; write them as its words")]
  }
}

extension RewardSpec: ExpressibleByStringLiteral {
  init(stringLiteral name: String) { self.init(name) }
}

extension RewardSpec {
  /// Mistakes in a recipe's `reward_funcs` and `reward_weights`.
  static func problems(_ specs: [RewardSpec], weights: [Double]?) -> [ConfigProblem] {
    var problems = specs.enumerated().flatMap { index, spec in
      spec.problems.map { ConfigProblem("reward_funcs[\(index)].\($0.field)", $0.message) }
    }
    if specs.isEmpty {
      problems.append(ConfigProblem("reward_funcs", "needs at least one reward"))
    }
    for (index, spec) in specs.enumerated() where specs[..<index].contains(where: spec.clashes) {
      problems.append(
        ConfigProblem(
          "reward_funcs[\(index)]",
          "'\(spec.label)' appears twice for the same rows and steps; give one of them other types "
            + "or steps"))
    }
    guard let weights else { return problems }
    if weights.count != specs.count {
      problems.append(
        ConfigProblem(
          "reward_weights", "\(weights.count) weights for \(specs.count) reward_funcs"))
    }
    if specs.contains(where: { $0.weight != nil }) {
      problems.append(
        ConfigProblem(
          "reward_weights",
          "set weights either in the entries of reward_funcs or here"))
    }
    return problems
  }

  /// Whether both could score one completion under one name.
  private func clashes(_ other: RewardSpec) -> Bool {
    guard label == other.label, window.overlaps(other.window) else { return false }
    guard let types, let others = other.types else { return true }
    return !Set(types).isDisjoint(with: others)
  }
}

extension [RewardSpec] {
  /// Throws when rows have no reward at any step, or an entry's type no rows.
  func check(types: [String?]) throws {
    let known = Set(types)
    for entry in self {
      for type in entry.types ?? [] where !known.contains(type) {
        let there = known.compactMap(\.self).sorted()
        let hint =
          nearestName(to: type, among: there).map { "; did you mean '\($0)'?" }
          ?? (there.isEmpty
            ? "; no row has a type: set `type` in the datasets' entries"
            : "; there are \(there.joined(separator: ", "))")
        throw TrainingError(
          .data, "reward '\(entry.label)' is for rows of type '\(type)'\(hint)")
      }
    }
    for type in known
    where !contains(where: { $0.applies(to: type, step: $0.fromStep) }) {
      throw TrainingError(
        .data,
        "no reward applies to rows \(type.map { "of type '\($0)'" } ?? "without a type"); add one to "
          + "reward_funcs, or leave these rows out")
    }
  }
}
