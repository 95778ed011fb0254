import ArgumentParser
import Foundation
import Host
import Insight
import Neural
import Recipes
import Stages
import Storage
import Workflow

/// Flags that change what a plan does.
struct PlanFlags: ParsableArguments {
  @Option(help: ArgumentHelp("Run this stage again, and the stages after it.", valueName: "stage"))
  var from: String?
  @Option(help: ArgumentHelp("Run only this stage and the stages it needs.", valueName: "stage"))
  var until: String?
  @Option(help: ArgumentHelp("Run only this stage.", valueName: "stage"))
  var only: String?
  @Option(help: ArgumentHelp("Run this stage again; may be repeated.", valueName: "stage"))
  var force: [String] = []
  @Flag(help: "Reuse no results of earlier runs.")
  var noCache = false
  @Flag(help: "Do not check the datasets before the first stage runs.")
  var noData = false

  @Option(
    help: ArgumentHelp(
      "Take over this run's finished stages that differ only in program and machine.",
      valueName: "run"))
  var fromRun: String?
  @Option(
    help: ArgumentHelp(
      "With --from-run: also take over this stage, whatever differs; may be repeated.",
      valueName: "stage"))
  var adopt: [String] = []

  func validate() throws {
    if fromRun == nil, !adopt.isEmpty { throw ValidationError("--adopt needs --from-run.") }
    if only != nil, from != nil || until != nil {
      throw ValidationError("--only cannot be combined with --from or --until.")
    }
  }

  func fork(_ store: Store) throws -> Fork? {
    try fromRun.map { Fork(from: try store.run(selector: $0), adopt: adopt) }
  }

  var options: PlanOptions {
    var options = PlanOptions()
    options.from = from
    options.until = until
    options.only = only
    options.force = force
    options.noCache = noCache
    return options
  }
}

extension Planner {
  /// A planner of the built-in stages on this machine.
  init(_ store: Store) {
    let conversations = ConversationKeys(in: LocalFiles())
    self.init(
      store: store, catalog: builtInStages,
      conversations: { conversations.revisions(in: $0, catalog: builtInStages.recipes) },
      numerics: { recipe in
        Machine.numerics(try recipe.precision.resolved("precision: bf16 in recipe \(recipe.name)"))
      })
  }
}

/// Plans that are shown but not carried out.
struct PlanOnly {
  private let global: GlobalOptions
  private let recipes: RecipeOptions
  private let flags: PlanFlags

  init(_ global: GlobalOptions, _ recipes: RecipeOptions, _ flags: PlanFlags) {
    self.global = global
    self.recipes = recipes
    self.flags = flags
  }

  func plans() throws -> [Plan] { try plans { plans, _ in plans } }

  /// Writes nothing to the folder: if there is no workspace yet, it uses an empty temporary one.
  func plans<Value>(_ body: ([Plan], Store) throws -> Value) throws -> Value {
    guard !Workspace(global.directory).exists, flags.fromRun == nil else {
      let store = try global.store()
      let fork = try flags.fork(store)
      let recipes = try recipes.load(from: fork.map { try StoredOrigin(store, $0.run) })
      return try body(plans(of: recipes, store, fork), store)
    }
    let recipes = try recipes.load()
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("regimen-plan-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let store = try Store(workspace: Workspace(folder.path))
    return try body(plans(of: recipes, store, nil), store)
  }

  private func plans(of recipes: RecipeSet, _ store: Store, _ fork: Fork?) throws -> [Plan] {
    let plans = try recipes.plans(
      Planner(store), options: flags.options, fork: fork, assuming: true)
    if !flags.noData {
      let checks = DataChecks(Workspace(global.directory))
      try recipes.checkData(of: plans, checks, global.console)
    }
    return plans
  }
}
