public import Recipes

/// The default name of a run.
public enum RunName {
  /// The name of the recipe, with the variant if there is one; RECIPE-VARIANT-SEED when one command
  /// starts several. `given` takes the recipe's place.
  public static func make(_ recipe: Recipe, given: String? = nil, several: Bool) -> String {
    let base = given ?? recipe.name
    if !several {
      return given ?? ([base] + [recipe.variant].compactMap { $0 }).joined(separator: "-")
    }
    return [base, recipe.variant, "\(recipe.seed)"].compactMap { $0 }.joined(separator: "-")
  }
}
