import Recipes
import Settings
import Testing

@Suite struct PatchTests {
  @Test("flags set scalars, lists, maps and elements of lists")
  func sets() throws {
    let recipe = try Fixture.load(overrides: [
      "seed=5", "stages.zero.reward_funcs=[format]", "stages.zero.learning_rate=1e-7",
      "datasets.rows.fields.answer=solution", "stages.cold_start.data.1.weight=2",
      "compare.seeds=[7]", "models.base={ architecture: qwen2 }", "stages.second.model=$zero",
    ])
    #expect(recipe.seed == 5)
    let zero = try #require(recipe.stages.first { $0.name == "zero" })
    #expect(zero.values["reward_funcs"] == ["format"])
    #expect(zero.values["learning_rate"] == 1e-7)
    #expect(
      recipe.datasets["rows"]?.values["fields"] == ["prompt": "question", "answer": "solution"])
    #expect(recipe.stages[0].inputs["data"]?.last?.weight == 2)
    #expect(recipe.comparison?.seeds == [7])
    #expect(recipe.models["base"]?.values["hidden_size"] == 128)
  }

  @Test("null removes a key, and stands for none where a field may be none")
  func removes() throws {
    let recipe = try Fixture.load(overrides: [
      "stages.zero.learning_rate=null", "stages.zero.max_grad_norm=null", "compare=",
      "stages.evaluate=~", "datasets.rows.fields.prompt=null",
    ])
    let zero = try #require(recipe.stages.first { $0.name == "zero" })
    #expect(zero.values["learning_rate"] == 1e-6)
    #expect(zero.values["max_grad_norm"] == .null)
    #expect(recipe.comparison == nil)
    #expect(!recipe.stages.map(\.name).contains("evaluate"))
    #expect(recipe.datasets["rows"]?.values["fields"] == [:])
  }

  @Test("a later flag wins")
  func last() throws {
    #expect(try Fixture.load(overrides: ["seed=1", "seed=2"]).seed == 2)
  }

  @Test("a whole stage can be added")
  func adds() throws {
    let recipe = try Fixture.load(overrides: [
      "stages.more={ kind: evaluate, model: $zero, data: $sums }"
    ])
    #expect(recipe.stages.last?.name == "more")
  }

  @Test(
    "a flag that leads nowhere is named, with the nearest name",
    arguments: [
      ("seed", "expected PATH=VALUE, such as stages.sft.learning_rate=1e-4"),
      ("=3", "expected PATH=VALUE, such as stages.sft.learning_rate=1e-4"),
      ("sed=3", "unknown key 'sed'; did you mean 'seed'?"),
      ("stage.zero.epsilon=1", "unknown key 'stage'; did you mean 'stages'?"),
      ("stages.zeroo.epsilon=1", "no stage 'zeroo'; did you mean 'zero'?"),
      ("stages.zeroo=null", "no stage 'zeroo'; did you mean 'zero'?"),
      ("datasets.row.file=a", "no dataset 'row'; did you mean 'rows'?"),
      (
        "stages.zero.epsilom=1",
        "unknown key 'epsilom' in a stage of kind 'grpo'; did you mean 'epsilon'?"
      ),
      ("stages.zero.learning_rate.x=1", "'stages.zero.learning_rate' is not a map"),
      (
        "stages.zero.reward_funcs.7=a",
        "'stages.zero.reward_funcs' is a list of 2; it has no element '7'"
      ),
      (String(repeating: "datasets.", count: 50_000) + "a=1", "the path is too long"),
      ("stages..x=1", "the path has an empty part"),
      (
        "stages.zero.epsilon=[1",
        "not valid YAML: did not find expected ',' or ']', while parsing a flow sequence"
      ),
      ("stages.zero.epsilon=x", "'epsilon' takes a number, not the string 'x'"),
      ("stages.zero.epsilon=3", "'epsilon' must be between 0 and 1, not 3"),
      ("stages.zero.model=$rows", "'model' takes a model, but '$rows' is a dataset"),
      ("stages.zero.kind=sftt", "unknown stage kind 'sftt'; did you mean 'sft'?"),
      ("variants.a.b=1", "a flag cannot change the variants"),
      ("stages.zero.epsilon_high=0.1", "'epsilon_high': must not be below epsilon"),
    ])
  func wrong(flag: String, message: String) {
    #expect(Fixture.messages(Fixture.recipe, overrides: [flag]).first == "-S \(flag): \(message)")
  }
}
