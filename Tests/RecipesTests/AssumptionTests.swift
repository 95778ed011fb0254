import Recipes
import Testing

@Suite("What a recipe assumes for its plan")
struct AssumptionTests {
  private static let section = """
    assume:
      hardware: { device: H800, devices: 8, flops: 9.89e14, price_per_hour: 2 }
      models: { real: { architecture: qwen2, hidden_size: 64, num_key_value_heads: 2 } }
      datasets: { rows: { rows: 800000, prompt_tokens: 122 } }
      stages: { zero: { completion_length: 8000 } }

    """

  @Test("is read with its defaults, and names the files that a plan can do without")
  func reads() throws {
    let assumptions = try Fixture.load(Fixture.recipe + Self.section).assumptions
    #expect(assumptions.hardware?.devices == 8 && assumptions.hardware?.trainingUtilization == 0.3)
    #expect(assumptions.models["real"]?.architecture == .qwen2)
    #expect(assumptions.models["real"]?.numKeyValueHeads == 2)
    #expect(assumptions.datasets["rows"]?.rows == 800_000)
    #expect(assumptions.stages["zero"]?.completionLength == 8000)
    #expect(assumptions.fields == ["models.real.path", "datasets.rows.file"])
    #expect(try Fixture.load().assumptions == Assumptions())
  }

  @Test("changes no key and is in no stored recipe")
  func keys() throws {
    let (plain, assuming) = (try Fixture.load(), try Fixture.load(Fixture.recipe + Self.section))
    func keys(_ recipe: Recipe) -> [String: StageKey] {
      recipe.keys(catalog: Fixture.catalog, files: [:], numerics: [:])
    }
    #expect(keys(plain) == keys(assuming))
    #expect(plain.json == assuming.json)
  }

  @Test("is spelt out with the recipe's other values")
  func yaml() throws {
    let recipe = try Fixture.load(Fixture.recipe + Self.section)
    #expect(try Fixture.load(recipe.yaml).assumptions == recipe.assumptions)
  }

  @Test("mistakes are located")
  func mistakes() {
    let text =
      Fixture.recipe + """
        assume:
          hardwear: {}
          models: { rael: {}, sums: {} }
          datasets: { rows: { rows: none } }
          stages: { zero: 7 }
          hardware: { flops: 0 }

        """
    #expect(
      Fixture.messages(text) == [
        "24:3: unknown key 'hardwear' in 'assume'; did you mean 'hardware'?",
        "25:13: the recipe has no 'rael' among its models; did you mean 'real'?",
        "25:23: the recipe has no 'sums' among its models",
        "26:29: 'rows' takes a number, not the string 'none'",
        "27:19: 'zero' is a map, not 7",
        "28:22: 'flops' must be more than 0 (operations a second), not 0",
      ])
  }
}
