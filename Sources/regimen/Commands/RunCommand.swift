import ArgumentParser
import Foundation
import Insight
import JSON
import Recipes
import Storage
import Workflow

struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Runs a recipe.",
    discussion: """
      Stages whose result is known are reused. Ctrl-C saves and stops with status 75; `regimen \
      resume` continues. With --from-run, a new run takes over the finished stages of an earlier \
      run by another program or machine. With --json: events as JSON lines, the last \
      {"run","status","exit"}.
      """)

  @OptionGroup var options: RecipeOptions
  @OptionGroup(title: "Choice of stages") var flags: PlanFlags
  @Option(help: ArgumentHelp("The name of the run.", valueName: "x")) var name: String?
  @Flag(name: [.customShort("n"), .long], help: "Only show what would be done, as plan does.")
  var dryRun = false
  @Flag(
    name: .shortAndLong,
    help: "Continue with stages and runs that do not depend on a failed one.")
  var keepGoing = false
  @Flag(help: "Start even if a stage is expected to need more memory than there is.")
  var noMemoryCheck = false
  @Flag(help: "Print events as JSON lines.") var json = false
  @OptionGroup var global: GlobalOptions

  func validate() throws {
    guard let name else { return }
    if name.isEmpty || name.contains("/") || name.hasPrefix("@") {
      throw ValidationError("--name must not be empty, contain a slash or begin with @.")
    }
  }

  func run() async throws {
    if dryRun { return try showPlan() }
    // Report mistakes in a recipe before creating a workspace for it.
    let given = flags.fromRun == nil ? try options.load() : nil
    try given?.requireTrainable()
    try global.applyThreads()
    let store = try global.store(create: flags.fromRun == nil)
    let fork = try flags.fork(store)
    let recipes =
      try given ?? options.load(from: fork.map { try StoredOrigin(store, $0.run) })
    if given == nil { try recipes.requireTrainable() }
    let plans = try recipes.plans(Planner(store), options: flags.options, fork: fork)
    if !flags.noData {
      try recipes.checkData(of: plans, DataChecks(store.workspace), global.console)
    }
    if !noMemoryCheck { try MemoryCheck(threads: global.threadCount)?.require(plans) }
    let several = plans.count > 1
    let new = zip(plans, recipes.members).map { plan, member in
      let request = RunRequest(
        name: RunName.make(plan.recipe, given: name, several: several), source: recipes.file.text,
        path: URL(fileURLWithPath: recipes.file.file).path, overrides: member.overrides,
        environment: Machine.environment)
      return NewRun(plan, as: request)
    }
    // Several runs are written down as a whole before the first begins: nothing of them is forgotten.
    let runs =
      several
      ? try store.createExperiment(name ?? plans[0].recipe.name, new) : try new.map(store.createRun)
    try await RunSession(store: store, keepGoing: keepGoing, json: json, console: global.console)
      .carryOut(zip(plans, runs).map { RunJob(plan: $0, run: $1) })
  }

  private func showPlan() throws {
    let text = PlanText(plans: try PlanOnly(global, options, flags).plans())
    if json {
      Output.json(text.json)
    } else {
      Output.line(text.table())
      Output.line(text.total())
    }
  }
}
