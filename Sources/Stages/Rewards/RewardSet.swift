import Host
import Neural
import Recipes
import Tasks
import Trace
import Workflow

/// The rewards of a stage: which of them score a row at a step, and their weights.
struct RewardSet {
  struct Entry {
    let spec: RewardSpec
    let weight: Double
    let source: Source

    /// Whether a program is asked about each completion.
    var isProgram: Bool {
      if case .judge(let judge) = source { judge is CommandJudge } else { false }
    }
  }

  enum Source {
    case judge(any Judge)
    /// Compares a prompt's completions when all of them are finished.
    case group(any GroupReward)
    /// A program that is asked about all completions of a prompt at once.
    case groupProgram(CommandJudge)
  }

  let entries: [Entry]
  /// The names of outcomes; entries of one name never score the same row at the same step.
  let names: [String]

  /// - Parameters:
  ///   - models: the models at the input `reward_model`.
  ///   - precision: of the reward models.
  ///   - programs: starts those that judge.
  init(
    _ specs: [RewardSpec], weights: [Double]? = nil, models: [StageInput] = [],
    precision: Precision = .f32, programs: any ProgramAccess
  ) throws {
    let scorers = try RewardModelJudge.scorers(for: specs, among: models, precision: precision)
    entries = try specs.enumerated().map { index, spec in
      Entry(
        spec: spec, weight: spec.weight ?? weights?[index] ?? 1,
        source: try spec.rewardModel.flatMap { scorers[$0] }.map {
          .judge(RewardModelJudge(scorer: $0, normalizes: spec.normalize))
        } ?? Self.source(of: spec, programs))
    }
    names = entries.map(\.spec.label).reduce(into: []) { names, name in
      if !names.contains(name) { names.append(name) }
    }
  }

  private init() { (entries, names) = ([], []) }

  /// For completions that nothing judges.
  static var none: RewardSet { RewardSet() }

  private static func source(
    of spec: RewardSpec, _ programs: any ProgramAccess
  ) throws -> Source {
    if let command = spec.command {
      let limits = AnswerLimits(timeout: .seconds(spec.timeout), retries: spec.retries)
      let judge = CommandJudge(command, name: spec.label, limits, by: programs)
      return spec.group ? .groupProgram(judge) : .judge(judge)
    }
    do throws(ParameterError) {
      let reward = try RewardCatalog.make(spec.label, spec.parameters)
      if let reward = reward as? any GroupReward { return .group(reward) }
      return .judge(RewardJudge(reward: reward))
    } catch {
      throw TrainingError(.reward, error.description)
    }
  }

  /// Whether an entry of this name asks a program.
  func asksProgram(_ name: String) -> Bool {
    entries.contains { $0.spec.label == name && $0.spec.command != nil }
  }

  /// The entry of each name that judges rows of a type at a step; nil where none does.
  func entries(for type: String?, step: Int) -> [Entry?] {
    names.map { name in
      entries.first { $0.spec.label == name && $0.spec.applies(to: type, step: step) }
    }
  }

  /// The reward by which the language of rows of a type is measured: the one that judges them, else
  /// one with its defaults.
  func languageReward(for type: String?) -> LanguageConsistencyReward {
    let spec = entries.first { entry in
      entry.spec.name == LanguageConsistencyReward.name && entry.spec.command == nil
        && entry.spec.applies(to: type, step: entry.spec.fromStep)
    }?.spec
    return LanguageConsistencyReward(identify: spec?.parameters["identify"] ?? 0 > 0)
  }

  /// Throws when rows have no reward at any step, or an entry's type no rows.
  func check(types: [String?]) throws { try entries.map(\.spec).check(types: types) }

  /// Outcomes by name for each sample, of all rewards but those that look at a group; nil where no
  /// reward of that name applies.
  func judge(
    _ samples: [JudgedSample], step: Int, in context: JudgingContext = .none
  ) throws -> [[RewardOutcome?]] {
    var outcomes = samples.map { _ in [RewardOutcome?](repeating: nil, count: names.count) }
    let chosen = samples.map { entries(for: $0.sample.type, step: step) }
    let programs = entries.count { $0.isProgram }
    var asked = 0
    for entry in entries {
      guard case .judge(let judge) = entry.source,
        let name = names.firstIndex(of: entry.spec.label)
      else { continue }
      let places = samples.indices.filter { chosen[$0][name]?.spec == entry.spec }
      guard !places.isEmpty else { continue }
      var told = context
      // A completion counts as scored once the last program has answered.
      let before = asked * samples.count
      told.answered = { context.answered((before + $0) / max(programs, 1)) }
      asked += entry.isProgram ? 1 : 0
      let judged = try judge.judge(places.map { samples[$0] }, in: told)
      for (place, outcome) in zip(places, judged) { outcomes[place][name] = outcome.usable }
    }
    return outcomes
  }

  /// Whether some entry looks at all completions of a prompt.
  var comparesGroups: Bool {
    entries.contains { if case .judge = $0.source { false } else { true } }
  }

  /// Whether its outcome for a group has to be stored because it cannot be computed again from the
  /// texts.
  var asksAboutGroups: Bool {
    entries.contains { if case .groupProgram = $0.source { true } else { false } }
  }

  /// The outcomes of one prompt's completions with those of rewards that look at all of them; a program
  /// that has judged them already is not asked again.
  func compare(
    _ group: [JudgedSample], _ outcomes: [[RewardOutcome?]], step: Int,
    in context: JudgingContext = .none
  ) throws -> [[RewardOutcome?]] {
    guard let first = group.first else { return outcomes }
    var outcomes = outcomes
    for (name, entry) in entries(for: first.sample.type, step: step).enumerated() {
      var judged: [RewardOutcome]
      switch entry?.source {
      case nil, .judge: continue
      case .group(let reward): judged = reward.score(group: group.map(\.sample))
      case .groupProgram(let program):
        guard outcomes.contains(where: { $0[name] == nil }) else { continue }
        judged = try program.judge(group: group, in: context)
      }
      for (place, outcome) in judged.enumerated() { outcomes[place][name] = outcome.usable }
    }
    return outcomes
  }

  /// The weighted sum of the scores of a row of a type; nil if all rewards abstain.
  func total(_ scores: [Double?], type: String?, step: Int) -> Double? {
    weightedReward(
      scores: scores, weights: entries(for: type, step: step).map { $0?.weight ?? 0 })
  }

  /// The same of a rollout; nil, too, if a reward failed.
  func total(_ rollout: Rollout, step: Int) -> Double? {
    rollout.failed ? nil : total(rollout.scores, type: rollout.prompt.row.type, step: step)
  }

  /// How outcomes are stored, by the rewards' names.
  func named(_ outcomes: [RewardOutcome?]) -> [String: RewardOutcome] {
    var named: [String: RewardOutcome] = [:]
    for case (let name, let outcome?) in zip(names, outcomes) { named[name] = outcome }
    return named
  }

  /// The outcomes of a stored row, in this set's order; nil if they are of other rewards. Rewards
  /// that compare a group are computed again; a program for groups may not have been asked.
  func outcomes(
    _ stored: [String: RewardOutcome], type: String?, step: Int
  ) -> [RewardOutcome?]? {
    var outcomes: [RewardOutcome?] = []
    for (name, entry) in zip(names, entries(for: type, step: step)) {
      switch entry?.source {
      case nil, .group: outcomes.append(nil)
      case .groupProgram: outcomes.append(stored[name]?.usable)
      case .judge:
        guard let known = stored[name] else { return nil }
        outcomes.append(known.usable)
      }
    }
    return outcomes
  }
}
