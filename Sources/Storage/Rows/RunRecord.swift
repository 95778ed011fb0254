public enum RunStatus: String, Sendable, Codable {
  /// Written down, and not begun yet.
  case created
  case running, succeeded, failed, interrupted

  /// As a person reads it.
  public var word: String { self == .created ? "waiting" : rawValue }
}

/// A row of `run`: one variant of a recipe with one seed.
public struct RunRecord: Sendable, Hashable, Decodable {
  public let id: String
  public let name: String
  public let recipe: String
  public let variant: String?
  public let seed: Int
  public internal(set) var status: RunStatus
  /// Who works or worked on it.
  public let host: String?
  public let process: Int?
  /// Milliseconds since 1970.
  public let claimedAt: Int64?
  public let heartbeatAt: Int64?
  public let createdAt: Int64
  public internal(set) var endedAt: Int64?
  /// Why it failed or stopped.
  public internal(set) var message: String?
  public let recipeID: String
  /// The run whose finished stages it took over.
  public let forkedFrom: String?
  /// The experiment that it is part of, and its place there, counted from 1.
  public let experiment: String?
  public let position: Int?

  static let select = """
    SELECT *, claimed_at AS claimedAt, heartbeat_at AS heartbeatAt, created_at AS createdAt,
      ended_at AS endedAt, recipe_id AS recipeID, forked_from AS forkedFrom,
      experiment_id AS experiment FROM run
    """
}

/// The document that a run carries out, as it was resolved and as it was written.
public struct RecipeDocument: Sendable, Hashable, Decodable {
  public let name: String
  /// Everything that decides what the run does; the row's id is its digest.
  public let resolved: String
  /// The file as it was, its path, and the `-S` overrides.
  public let source: String
  public let path: String
  public let overrides: [String]

  public init(
    name: String, resolved: String, source: String = "", path: String = "", overrides: [String] = []
  ) {
    self.name = name
    self.resolved = resolved
    self.source = source
    self.path = path
    self.overrides = overrides
  }
}

/// What `createRun` writes.
public struct NewRun: Sendable {
  public var name: String
  public var recipe: RecipeDocument
  public var variant: String?
  public var seed: Int
  /// The machine, program and versions.
  public var environment: [String: String]
  public var stages: [NewStage]
  /// The run whose finished stages it takes over.
  public var forkedFrom: String?

  public init(
    name: String, recipe: RecipeDocument, variant: String?, seed: Int,
    environment: [String: String] = [:], stages: [NewStage], forkedFrom: String? = nil
  ) {
    self.name = name
    self.recipe = recipe
    self.variant = variant
    self.seed = seed
    self.environment = environment
    self.stages = stages
    self.forkedFrom = forkedFrom
  }
}
