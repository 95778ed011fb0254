import ArgumentParser
import Insight
import Recipes
import Stages
import Workflow

struct SchemaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema", abstract: "Prints the JSON Schema of recipes, for editors.")

  @OptionGroup var global: GlobalOptions

  func run() { Output.line(builtInStages.recipes.jsonSchema.prettyJSON) }
}
