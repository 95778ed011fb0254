public import ArgumentParser
public import Insight
import JSON
import Recipes
import Workflow

struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Shows what a run would do with each stage, and why; runs nothing.",
    discussion: """
      With -v, also the recipe with every default filled in, and the cost of each stage. Files \
      that a \
      recipe describes in its section `assume` may be missing.
      """)

  @OptionGroup var options: RecipeOptions
  @OptionGroup(title: "Choice of stages") var flags: PlanFlags
  @Flag(help: "Show what each stage's key is made from.") var why = false
  @Option(help: "Draw the graph instead: text, mermaid or dot.") var dag: PlanGraph.Format?
  @Flag(help: "Show samples, tokens, operations, memory, disk and time of each stage.")
  var estimate = false
  @Option(
    help: ArgumentHelp(
      "Operations per second to estimate times with, as reached in practice.", valueName: "x"))
  var flops: Double?
  @Flag(help: "End with status 10 if there is work to do.") var detailedExitcode = false
  @Flag(help: "Print one JSON document.") var json = false
  @OptionGroup var global: GlobalOptions

  func validate() throws {
    if let flops, !(flops > 0 && flops.isFinite) {
      throw ValidationError("--flops takes a positive number, such as 2e12.")
    }
  }

  func run() throws {
    let (plans, estimates) = try PlanOnly(global, options, flags).plans { plans, store in
      let wanted = estimate || json || global.verbose
      return (
        plans,
        wanted
          ? try plans.map { try PlanEstimates($0, store, flops: flops, reading: !flags.noData) }
          : []
      )
    }
    let text = PlanText(plans: plans, estimates: estimates)
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
      if !estimates.isEmpty { Output.line("\n" + text.costs() + "\n") }
      Output.line(text.total())
      if let absent = text.absent() { Output.line(absent) }
      if let programs = text.programs() { Output.line(programs) }
    }
    if detailedExitcode, plans.contains(where: \.hasWork) {
      throw ExitStatus.workToDo.exitCode
    }
  }
}

extension PlanGraph.Format: ExpressibleByArgument {}
