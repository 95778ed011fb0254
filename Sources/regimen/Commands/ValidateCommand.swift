import ArgumentParser
import Insight
import Recipes
import Stages
import Workflow

struct ValidateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "validate",
    abstract: "Checks a recipe and its variants: all mistakes at once, located.",
    discussion: "Reads only the recipe; `plan` looks for the files that it names.")

  @Argument(help: "A recipe file.") var recipe: String
  @Option(
    name: [.customShort("S"), .customLong("set")], parsing: .unconditionalSingleValue,
    help: ArgumentHelp("Set a value: -S stages.sft.learning_rate=1e-4.", valueName: "a.b=v"))
  var overrides: [String] = []
  @OptionGroup var global: GlobalOptions

  func run() throws {
    let check = try RecipeFile(contentsOf: recipe)
      .check(overrides: overrides, catalog: builtInStages.recipes)
    for warning in check.warnings { global.console.note("\(warning)") }
    guard let base = check.recipes.first else { return }
    let variants = check.recipes.count - 1
    let stages = "\(base.stages.count) stage\(base.stages.count == 1 ? "" : "s")"
    let more = variants == 0 ? "" : ", \(variants) variant\(variants == 1 ? "" : "s")"
    global.console.note("\(recipe): \(base.name) is valid: \(stages)\(more)")
  }
}
