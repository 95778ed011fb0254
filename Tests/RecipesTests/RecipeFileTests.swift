import Foundation
import Recipes
import Settings
import TestSupport
import Testing

@Suite struct RecipeFileTests {
  @Test("a recipe without mistakes loads with everything in it")
  func loads() throws {
    let recipe = try Fixture.load()
    #expect(recipe.name == "tiny")
    #expect(recipe.variant == nil)
    #expect(recipe.seed == 17)
    #expect(
      recipe.stages.map(\.name) == ["cold_start", "zero", "rejection", "second", "evaluate"])
    #expect(
      recipe.comparison
        == ComparisonSpec(metric: "evaluate.pass@1", baseline: "tiny", seeds: [1, 2]))
    #expect(
      recipe.stages[0].inputs == [
        "model": [InputReference(origin: .source("base"), weight: 1)],
        "data": [
          InputReference(origin: .source("rows"), weight: 1),
          InputReference(origin: .source("sums"), weight: 0.25),
        ],
      ])
    #expect(
      recipe.stages[2].inputs["model"]
        == [InputReference(origin: .stage("zero", output: "reference"), weight: 1)])
  }

  @Test("seed is 0 and compare is absent unless given")
  func defaults() throws {
    let recipe = try Fixture.load(
      "recipe: x\nstages: { e: { kind: evaluate, model: $m, data: $d } }\nmodels: { m: {} }\ndatasets: { d: {} }\n"
    )
    #expect(recipe.seed == 0)
    #expect(recipe.precision == .f32)
    #expect(recipe.comparison == nil)
    #expect(recipe.description == nil)
  }

  @Test("anchors, aliases and merge keys work; the map's own keys win")
  func anchors() throws {
    let recipe = try Fixture.load(
      """
      recipe: x
      models: { base: {} }
      datasets: { rows: {} }
      stages:
        a: &settings { kind: sft, model: $base, data: $rows, max_steps: &n 5, packing: false }
        b: { <<: *settings, model: $a, packing: true }
        c: { kind: sft, model: $b, data: $rows, max_steps: *n }
      """)
    #expect(recipe.stages[1].values["packing"] == true)
    #expect(recipe.stages.map { $0.values["max_steps"] } == [5, 5, 5])
    #expect(recipe.stages[1].inputs["model"]?.first?.origin == .stage("a", output: "model"))
  }

  @Test(
    "what is not a recipe says so",
    arguments: [
      ("", "1:1: the file is empty"),
      ("# nothing\n", "1:1: the file is empty"),
      ("- a\n", "1:1: a recipe is a map with the keys recipe and stages"),
      ("hello", "1:1: a recipe is a map with the keys recipe and stages"),
      (
        "recipe: x\nstages: [a",
        "2:9: not valid YAML: did not find expected ',' or ']', while parsing a flow sequence"
      ),
      (
        "recipe: x\n\tseed: 1\n",
        "2:1: not valid YAML: found a tab character that violates indentation, while scanning a plain scalar from line 1"
      ),
      ("recipe: a: b\n", "1:10: not valid YAML: mapping values are not allowed in this context"),
      ("recipe: *a\n", "1:9: not valid YAML: found undefined alias"),
      ("a\u{1}b: 1", "1:2: not valid YAML: control characters are not allowed"),
      (
        "recipe: a\n---\nrecipe: b\n",
        "2:1: not valid YAML: but found another document, expected a single document in the stream from line 1"
      ),
    ])
  func notARecipe(text: String, message: String) {
    #expect(Fixture.messages(text).first == message)
  }

  @Test("repeated keys are mistakes at the repetition, beside all others")
  func repeatedKeys() {
    let text = """
      recipe: x
      models: { base: {}, base: {} }
      datasets: { rows: {} }
      stages:
        s: { kind: sft, model: $base, data: $rows, max_steps: 1, max_steps: 2, max_steps: 0 }
        "t": { kind: sftt }
        "t": { kind: sft }
      """
    #expect(
      Fixture.messages(text) == [
        "2:21: key 'base' is given more than once; line 2 has it already",
        "5:60: key 'max_steps' is given more than once; line 5 has it already",
        "5:74: key 'max_steps' is given more than once; line 5 has it already",
        "6:16: unknown stage kind 'sftt'; did you mean 'sft'?",
        "7:3: key 't' is given more than once; line 6 has it already",
      ])
  }

  @Test("a file that repeats keys without end is refused")
  func manyRepeatedKeys() {
    let text = "recipe: x\n" + String(repeating: "aa: 1\n", count: 300)
    #expect(Fixture.messages(text) == ["1:1: more than 256 keys are given more than once"])
  }

  @Test("the top of a recipe is checked")
  func top() {
    #expect(
      Fixture.messages("seed: 1\n") == [
        "1:1: the recipe has no name; add 'recipe: NAME'", "1:1: the recipe has no stages",
      ])
    #expect(
      Fixture.messages(
        """
        recipe: my recipe
        description: [a]
        seed: -1
        stages: {}
        models: 3
        datasets: { d: 5, a.b: {} }
        stagess: {}
        """) == [
          "1:9: 'my recipe' cannot name a recipe: use letters, digits, '_' and '-'",
          "2:14: 'description' takes a string, not a list",
          "3:7: 'seed' must be between 0 and 9007199254740991, not -1",
          "4:9: the recipe has no stages",
          "5:9: 'models' takes a map of names, not 3",
          "6:16: dataset 'd' is a map, not 5",
          "6:19: 'a.b' cannot name a dataset: use letters, digits, '_' and '-'",
          "7:1: unknown key 'stagess'; did you mean 'stages'?",
        ])
  }

  @Test("a name means one thing in the whole recipe")
  func names() {
    let text = Fixture.recipe.replacing("  sums:", with: "  real:").replacing(
      "$sums", with: "$rows")
    #expect(Fixture.messages(text) == ["7:3: 'real' already names the model on line 5"])
  }

  @Test("the comparison is checked against stages and variants")
  func comparison() {
    let text = Fixture.recipe.replacing(
      "{ metric: evaluate.pass@1, baseline: tiny, seeds: [1, 2] }",
      with: "{ metric: evalute.pass@1, baseline: tinny, seeds: [1, 1], x: 1 }")
    #expect(
      Fixture.messages(text) == [
        "22:20: unknown stage 'evalute'; did you mean 'evaluate'?",
        "22:46: 'tinny' is not a variant of this recipe; did you mean 'tiny'?",
        "22:60: 'seeds' has a seed more than once",
        "22:68: unknown key 'x' in 'compare'",
      ])
    #expect(
      Fixture.messages(Fixture.recipe.replacing("metric: evaluate.pass@1, ", with: ""))
        == ["22:10: 'compare' has no 'metric', such as evaluate.pass@1"])
  }

  @Test("a file is read from disk, and one that is not there is named")
  func reading() throws {
    let folder = try TemporaryFolder()
    try folder.write("r.yaml", Fixture.recipe.utf8)
    try folder.write("bad.yaml", [0xFF, 0xFE] as [UInt8])
    let file = try RecipeFile(contentsOf: "r.yaml", currentDirectory: folder.path)
    let recipe = try file.recipe(catalog: Fixture.catalog)
    #expect(recipe.datasets["rows"]?.values["file"] == .string(folder.path + "/rows.jsonl"))
    #expect {
      try RecipeFile(contentsOf: "no.yaml", currentDirectory: folder.path)
    } throws: { ($0 as? RecipeError)?.description == "no.yaml: error: no such file" }
    #expect {
      try RecipeFile(contentsOf: "bad.yaml", currentDirectory: folder.path)
    } throws: { ($0 as? RecipeError)?.description == "bad.yaml: error: is not UTF-8 text" }
  }

  @Test("a mistake found later is located where the recipe gives the value")
  func later() throws {
    let file = try Fixture.file(Fixture.recipe)
    #expect(
      file.diagnostic(at: "datasets.rows.file", "no such file: /proj/recipes/rows.jsonl")
        .description
          == """
          recipes/x.yaml:8:17: error: no such file: /proj/recipes/rows.jsonl
            rows: { file: rows.jsonl, fields: { prompt: question } }
                          ^
          """)
    #expect(
      file.diagnostic(
        at: "datasets.rows.file", overrides: ["datasets.rows.file=a"], "no such file"
      ).description
        == "-S datasets.rows.file=a: error: no such file")
    let stage = file.diagnostic(at: "stages.zero.epsilon", "m").location
    #expect(stage == .file("recipes/x.yaml", line: 11, column: 3, source: "  zero:"))
  }

  @Test("a model or dataset that nothing uses is a warning")
  func unused() throws {
    let text = Fixture.recipe.replacing("model: $real", with: "model: $base")
    let check = try Fixture.file(text).check(catalog: Fixture.catalog)
    #expect(
      check.warnings.map(\.description) == [
        """
        recipes/x.yaml:5:3: warning: no stage uses the model 'real'
          real: { path: ../models/real.gguf }
          ^
        """
      ])
    #expect(check.recipes.map(\.variant) == [nil, "no_format"])
  }
}
