import ArgumentParser
import Foundation
import Recipes
import Stages
import Workflow

/// A recipe with the values, variants and seeds that flags ask for.
struct RecipeOptions: ParsableArguments {
  @Argument(help: "A recipe file.")
  var recipe: String

  @Option(
    name: [.customShort("S"), .customLong("set")], parsing: .unconditionalSingleValue,
    help: ArgumentHelp("Set a value: -S stages.sft.learning_rate=1e-4.", valueName: "a.b=v"))
  var overrides: [String] = []

  @Option(help: ArgumentHelp("A variant; may be repeated.", valueName: "n"))
  var variant: [String] = []

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Seeds, each a run of its own.", valueName: "1,2"),
    transform: Self.seeds)
  var seeds: [Int] = []

  /// The recipes that the flags ask for: each variant with each seed.
  func load() throws -> RecipeSet {
    let file = try RecipeFile(contentsOf: recipe)
    var base: Recipe?
    var members: [RecipeSet.Member] = []
    for name in variant.isEmpty ? [nil] : variant.map(Optional.some) {
      for seed in seeds.isEmpty ? [nil] : seeds.map(Optional.some) {
        let overrides = overrides + (seed.map { ["seed=\($0)"] } ?? [])
        // The recipe's own name stands for the recipe without a variant.
        var variant = name
        if let name, !file.variants.contains(name) {
          base = try base ?? file.recipe(overrides: self.overrides, catalog: builtInStages.recipes)
          if base?.name == name { variant = nil }
        }
        let recipe = try file.recipe(
          variant: variant, overrides: overrides, catalog: builtInStages.recipes)
        members.append(RecipeSet.Member(recipe: recipe, overrides: overrides))
      }
    }
    return RecipeSet(file: file, members: members)
  }

  private static func seeds(_ text: String) throws -> [Int] {
    try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
      guard let seed = Int(part.trimmingCharacters(in: .whitespaces)) else {
        throw ValidationError("'\(part)' is not a seed; write --seeds 1,2,3.")
      }
      return seed
    }
  }
}

/// What one command runs: a recipe file in one or several variants and seeds.
struct RecipeSet {
  struct Member {
    let recipe: Recipe
    /// The values of -S, and the seed of --seeds.
    let overrides: [String]
  }

  let file: RecipeFile
  let members: [Member]

  /// Plans all, each knowing what those before it will have made.
  ///
  /// A missing file becomes a mistake at its place in the recipe.
  func plans(_ planner: Planner, options: PlanOptions) throws -> [Plan] {
    var plans: [Plan] = []
    for member in members {
      do {
        plans.append(try planner.plan(member.recipe, options: options, before: plans))
      } catch let error as WorkflowError where !error.missing.isEmpty {
        throw RecipeError(
          error.missing.map {
            file.diagnostic(
              at: $0.field, variant: member.recipe.variant, overrides: member.overrides,
              "there is nothing at \($0.path)")
          })
      }
    }
    return plans
  }
}
