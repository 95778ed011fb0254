import ArgumentParser
import Recipes
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
    let plans = try PlanOnly(global, options, flags).plans()
    let text = PlanText(plans: plans)
    if let note = plans.first?.recipe.precision.note { global.console.note(note) }
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
    if detailedExitcode, plans.contains(where: \.hasWork) {
      throw ExitStatus.workToDo.exitCode
    }
  }
}
