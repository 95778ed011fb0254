import Recipes
import Settings
import Testing

@Suite struct StoredRecipeTests {
  @Test("a recipe reads back from its JSON as it was", arguments: [nil, "no_format"])
  func json(variant: String?) throws {
    let recipe = try Fixture.load(variant: variant, overrides: ["description='a: \"b\"'"])
    let read = try Recipe(json: recipe.json, catalog: Fixture.catalog)
    #expect(read == recipe)
    #expect(read.json == recipe.json)
  }

  @Test("the precision is kept; a recipe of before there was one ran in f32")
  func precision() throws {
    let recipe = try Fixture.load(overrides: ["precision=auto"])
    #expect(recipe.precision == .auto)
    #expect(try Recipe(json: recipe.json, catalog: Fixture.catalog) == recipe)
    #expect(try Fixture.load(recipe.yaml) == recipe)
    let old = recipe.json.replacing(#""precision":"auto","#, with: "")
    #expect(old != recipe.json)
    #expect(try Recipe(json: old, catalog: Fixture.catalog).precision == .f32)
  }

  @Test("fields that the catalog has gained since take their defaults")
  func newFields() throws {
    let recipe = try Fixture.load()
    let old = recipe.json.replacing(#""packing":true,"#, with: "").replacing(
      #","packing":true"#, with: "")
    #expect(old != recipe.json)
    #expect(try Recipe(json: old, catalog: Fixture.catalog) == recipe)
  }

  @Test(
    "what this version cannot read is refused with the reason",
    arguments: [
      (#""kind":"grpo""#, #""kind":"ppo""#, "stage 'zero' has the unknown kind 'ppo'"),
      (#""v":1"#, #""v":2"#, "its version is unknown"),
      (#""loss_type":"dapo""#, #""loss_type":"x""#, "stage 'zero' cannot have 'loss_type' = \"x\""),
      (#""packing":true"#, #""packing":3"#, "stage 'cold_start' cannot have 'packing' = 3"),
      (#""seed":17"#, #""seed":"a""#, "the recipe has no proper 'seed'"),
      (#""size":100,"#, #""sise":100,"#, "dataset 'sums' cannot have 'sise' = 100"),
      (#"{"compare""#, "", "it is not JSON"),
    ])
  func refused(old: String, new: String, reason: String) throws {
    let json = try Fixture.load().json
    #expect(json.contains(old))
    #expect {
      try Recipe(json: json.replacing(old, with: new), catalog: Fixture.catalog)
    } throws: {
      ($0 as? RecipeError)?.description
        == "stored recipe: error: this version cannot read the run's recipe: \(reason)"
    }
  }

  @Test("the recipe with every default is a recipe file that loads as the same recipe")
  func yaml() throws {
    let recipe = try Fixture.load(overrides: [
      "description='it''s \"x\": #1'", "datasets.sums.task='yes'",
      "datasets.rows.fields={ 'a b': '1e5', '': 'null', t: \"line\\nbreak\\u2028\\x7f\" }",
      "stages.zero.max_grad_norm=null",
    ])
    #expect(try Fixture.load(recipe.yaml) == recipe)
  }

  @Test("any text survives the trip through YAML")
  func texts() throws {
    var generator = SplitMix(state: 4)
    let recipe = try Fixture.load()
    for _ in 0..<300 {
      let texts = [generator.text(): ConfigValue.string(generator.text())]
      let rows = SourceSpec(
        name: "rows", type: .dataset,
        values: try #require(recipe.datasets["rows"]).values.merging(["fields": .map(texts)]) { $1 }
      )
      let changed = Recipe(
        name: recipe.name, seed: recipe.seed, models: recipe.models,
        datasets: recipe.datasets.merging(["rows": rows]) { $1 }, stages: recipe.stages,
        comparison: recipe.comparison)
      #expect(try Fixture.load(changed.yaml) == changed)
    }
  }

  @Test("the printed recipe shows every default")
  func printed() throws {
    let recipe = try Fixture.load(Fixture.stage("max_steps: 3"))
    #expect(
      recipe.yaml == """
        recipe: x
        seed: 0
        precision: f32

        models:
          base:
            architecture: llama
            hidden_size: 128
            path: null
            vocabulary: null

        datasets:
          rows:
            fields: {}
            file: null
            size: 1000
            task: null

        stages:
          s:
            kind: sft
            data: $rows
            model: $base
            learning_rate: 0.00002
            logging_steps: 10
            max_steps: 3
            num_train_epochs: 3
            packing: true

        """)
  }
}
