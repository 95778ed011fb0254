import Recipes
import Settings
import Testing

@Suite struct VariantTests {
  private static func text(_ variants: String) -> String {
    Fixture.recipe.replacing(
      "  no_format: { stages.zero.reward_funcs: [accuracy] }", with: variants)
  }

  @Test("a variant is a patch; flags win over it")
  func patch() throws {
    let file = try Fixture.file(Fixture.recipe)
    #expect(file.variants == ["no_format"])
    let variant = try file.recipe(variant: "no_format", catalog: Fixture.catalog)
    #expect(variant.variant == "no_format")
    #expect(variant.stages[1].values["reward_funcs"] == ["accuracy"])
    let flagged = try file.recipe(
      variant: "no_format", overrides: ["stages.zero.reward_funcs=[format]"],
      catalog: Fixture.catalog)
    #expect(flagged.stages[1].values["reward_funcs"] == ["format"])
  }

  @Test("an unknown variant is named, with the nearest")
  func unknown() {
    #expect {
      try Fixture.load(variant: "noformat")
    } throws: {
      ($0 as? RecipeError)?.description
        == "--variant noformat: error: unknown variant 'noformat'; did you mean 'no_format'?"
    }
  }

  @Test("all variants are checked, each mistake at the variant's line")
  func checked() {
    let text = Self.text(
      """
        one: { stages.zero.epsilon: 3, stages.zeroo.epsilon: 1 }
        two: { stages.zero.betaa: 0, compare.metric: x, seed: 1.5 }
        three: 7
        tiny: {}
        a.b: { stages.second.max_steps: 5 }
        five:
      """)
    #expect(
      Fixture.messages(text) == [
        "21:31: 'epsilon' must be between 0 and 1, not 3",
        "21:34: no stage 'zeroo'; did you mean 'zero'?",
        "22:10: unknown key 'betaa' in a stage of kind 'grpo'",
        "22:32: a variant cannot change 'compare'",
        "22:57: 'seed' takes an integer, not 1.5",
        "23:10: variant 'three' takes a map of dotted paths to values, not 7",
        "24:3: variant 'tiny' has the name of the recipe, which stands for the recipe without a "
          + "variant",
        "25:3: 'a.b' cannot name a variant: use letters, digits, '_' and '-'",
      ])
  }

  @Test("what a variant breaks elsewhere names the variant")
  func elsewhere() {
    let text = Self.text("  less: { stages.second: null }")
    #expect(
      Fixture.messages(text)
        == ["19:38: unknown reference '$second' (in variant 'less')"])
  }

  @Test("a mistake of the recipe itself is reported once")
  func once() {
    let text = Fixture.recipe.replacing("$cold_start", with: "$cold_strat")
    #expect(
      Fixture.messages(text) == [
        "13:12: unknown reference '$cold_strat'; did you mean '$cold_start'?"
      ])
  }

  @Test("a mistake in one variant leaves the others usable")
  func independent() throws {
    let file = try Fixture.file(
      Self.text("  bad: { stages.zero.epsilon: 3 }\n  good: { stages.zero.epsilon: 0.3 }"))
    let good = try file.recipe(variant: "good", catalog: Fixture.catalog)
    #expect(good.stages[1].values["epsilon"] == 0.3)
    #expect(throws: RecipeError.self) {
      try file.recipe(variant: "bad", catalog: Fixture.catalog)
    }
  }
}
