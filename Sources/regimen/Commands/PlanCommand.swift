import ArgumentParser
import Foundation
import Recipes
import Reports
import Storage
import Workflow

struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Says what a run would do with each stage, and why; runs nothing.",
    discussion: "With -v, also the recipe with every default filled in.")

  @OptionGroup var options: RecipeOptions
  @OptionGroup(title: "Choice of stages") var flags: PlanFlags
  @Flag(help: "Show what each stage's key is made from.") var why = false
  @Option(help: "Draw the graph instead: text, mermaid or dot.") var dag: PlanGraph.Format?
  @Flag(help: "End with status 10 if there is work to do.") var detailedExitcode = false
  @Flag(help: "Print one JSON document.") var json = false
  @OptionGroup var global: GlobalOptions

  func run() throws {
    let recipes = try options.load()
    let plans = try withStoreToRead {
      try recipes.plans(Planner($0), options: flags.options)
    }
    show(plans)
    if detailedExitcode, plans.contains(where: \.hasWork) {
      throw ExitStatus.workToDo.exitCode
    }
  }

  func show(_ plans: [Plan]) {
    let text = PlanText(plans: plans)
    if json {
      Output.json(text.json)
    } else if let dag {
      Output.line(plans.map { PlanGraph($0).render(dag) }.joined(separator: "\n\n"))
    } else {
      if global.verbose {
        for plan in plans { Output.line(plan.recipe.yaml) }
      }
      Output.line(text.table())
      if why { Output.line("\n" + text.why()) }
      Output.line(text.total())
    }
  }

  /// A plan leaves no trace: where there is no workspace yet, an empty one stands in.
  private func withStoreToRead<Value>(_ body: (Store) throws -> Value) throws -> Value {
    guard !Workspace(global.directory).exists else { return try body(global.store()) }
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("regimen-plan-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(Store(workspace: Workspace(folder.path)))
  }
}
