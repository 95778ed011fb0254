public import Recipes
public import Storage

/// What a run will do, decided and explained before anything runs.
public struct Plan: Sendable {
  public let recipe: Recipe
  /// In the order in which they are carried out.
  public let steps: [PlanStep]
  /// Stages left out by a flag.
  public let skipped: [PlanStep]
  /// The resumed run; nil for a new one.
  public let run: RunRecord?
  /// Files outside the workspace whose content the keys hold.
  public let files: [OutsideFile]
  /// The run that a new one is forked from.
  public let fork: RunRecord?
  /// Missing files, by the recipe keys that name them: such a plan can only be shown.
  public let absent: [String]
  /// For a resumed run: the present recipe file, if it gives the same results.
  public var document: RecipeDocument?
  /// Its changes, a phrase each: guards, gates and similar settings.
  public var changes: [String] = []

  /// Whether any stage has work to do.
  public var hasWork: Bool { steps.contains { !$0.action.isReuse } }

  /// The most that the run will have written at any time, as far as known from earlier runs.
  public var diskBytes: Int {
    let estimates = steps.filter { !$0.action.isReuse }.compactMap(\.estimate)
    return estimates.reduce(0) { $0 + $1.outputBytes }
      + (estimates.map(\.checkpointBytes).max() ?? 0)
  }
}

/// A recipe as its file reads, in the variant and with the values of a run.
public struct RecipeReading: Sendable {
  public let recipe: Recipe
  public let source: String
  public let path: String
  public let overrides: [String]

  public init(recipe: Recipe, source: String, path: String, overrides: [String]) {
    self.recipe = recipe
    self.source = source
    self.path = path
    self.overrides = overrides
  }

  var document: RecipeDocument {
    RecipeDocument(
      name: recipe.name, resolved: recipe.json, source: source, path: path, overrides: overrides)
  }
}

/// One stage of a plan.
public struct PlanStep: Sendable {
  public let stage: StageSpec
  /// The kind's revision.
  public let revision: Int
  public let variant: String?
  /// The recipe's seed.
  public let seed: Int
  public let action: PlanAction
  /// Fit to print: "reuse: same key as run r1 (01k...)".
  public let reason: String
  /// The components that decide the result; its digest is the key of the cache.
  public let key: StageKey
  public let estimate: PlanEstimate?
  /// Stages whose outputs it takes in.
  public let upstream: [String]
  /// Forced by a flag, whatever the cache contains.
  public let forced: Bool
  /// The finished stage of another run that replaces this one, whatever its key.
  public let adopted: Int64?

  /// The same under another key.
  func with(key: StageKey) -> PlanStep {
    PlanStep(
      stage: stage, revision: revision, variant: variant, seed: seed, action: action,
      reason: reason, key: key, estimate: estimate, upstream: upstream, forced: forced,
      adopted: adopted)
  }

  public var name: String { stage.name }
  public var kind: String { stage.kind }
}

public enum PlanAction: Sendable, Hashable {
  case run
  /// Resumes from the newest checkpoint of a stage, in this run or another.
  case resume(stageID: Int64, run: String, step: Int)
  /// Takes over the result of a finished stage; without an id: of one that an earlier run of the
  /// same command will have finished by then.
  case reuse(stageID: Int64?, run: String?)

  /// `run`, `resume` or `reuse`.
  public var word: String {
    switch self {
    case .run: "run"
    case .resume: "resume"
    case .reuse: "reuse"
    }
  }

  public var isReuse: Bool { if case .reuse = self { true } else { false } }
}

/// How long a stage will take and how much it writes, and how that is known.
public struct PlanEstimate: Sendable, Hashable {
  public let seconds: Double
  /// The bytes of its output, and those of its checkpoints while it runs.
  public let outputBytes: Int
  public let checkpointBytes: Int
  /// "as in run r1 (01k...)".
  public let basis: String
}

/// Flags that change what a plan does.
public struct PlanOptions: Sendable, Hashable {
  /// Run these again.
  public var force: [String] = []
  /// Run this one again, and the stages after it.
  public var from: String?
  /// Run only this one and the stages it needs.
  public var until: String?
  /// Run only this one; the outputs it needs must exist.
  public var only: String?
  /// Reuse nothing.
  public var noCache = false
  /// Recipe keys of files that may be missing (`models.base.path`), for a plan to look at.
  public var absent: Set<String> = []

  public init() {}
}
