import Recipes
import Testing

@Suite struct ReferenceTests {
  @Test(
    "a reference that fits nothing says what is due",
    arguments: [
      ("model: $bse", "5:19: unknown reference '$bse'; did you mean '$base'?"),
      ("model: $somewhere", "5:19: unknown reference '$somewhere'"),
      ("model: $", "5:19: unknown reference '$'"),
      ("model: $rows", "5:19: 'model' takes a model, but '$rows' is a dataset"),
      ("model: $keep", "5:19: 'model' takes a model, but stage 'keep' makes only a dataset"),
      ("model: $look", "5:19: 'model' takes a model, but stage 'look' makes nothing"),
      ("model: $keep.dataset", "5:19: 'model' takes a model, but '$keep.dataset' is a dataset"),
      ("model: $keep.modle", "5:19: stage 'keep' has no output 'modle'"),
      ("model: $keep.datset", "5:19: stage 'keep' has no output 'datset'; did you mean 'dataset'?"),
      ("model: $base.model", "5:19: '$base' is a model and has no outputs to choose from"),
      (
        "model: base",
        "5:19: 'model' takes a reference to a model, such as $name, not the string 'base'; did you mean '$base'?"
      ),
      ("model: 3", "5:19: 'model' takes a reference to a model, such as $name, not 3"),
      ("model: null", "5:19: 'model' takes a reference to a model, such as $name, not null"),
      ("model: [$base]", "5:19: 'model' takes one model, not a list"),
      (
        "model: { from: $base }",
        "5:19: 'model' takes a reference to a model, such as $name, not a map"
      ),
      ("weight: 1", "5:3: stage 's' has no 'model': kind 'sft' needs a model"),
    ])
  func misfits(port: String, message: String) {
    let text = """
      recipe: x
      models: { base: {} }
      datasets: { rows: {} }
      stages:
        s: { kind: sft, \(port), data: $rows }
        keep: { kind: rejection_sampling, model: $base, data: $rows }
        look: { kind: evaluate, model: $base, data: $rows }
      """
    #expect(Fixture.messages(text).first == message.replacing("5:19", with: "5:26"))
  }

  @Test(
    "a mixture takes references with weights",
    arguments: [
      ("[]", "5:39: 'data' takes at least one reference"),
      ("[$rows, 3]", "5:47: 'data' takes a reference to a dataset, such as $name, not 3"),
      ("[{ from: $base }]", "5:48: 'data' takes a dataset, but '$base' is a model"),
      (
        "[{ weight: 2 }]",
        "5:40: a weighted reference has no 'from': { from: $name, weight: 0.5 }"
      ),
      (
        "[{ from: $rows, weight: 0 }]",
        "5:63: 'weight' must be more than 0 (share of the rows), not 0"
      ),
      (
        "[{ from: $rows, wieght: 1 }]",
        "5:55: unknown key 'wieght' in a weighted reference; did you mean 'weight'?"
      ),
      ("{ from: [a] }", "5:47: 'from' takes a reference, such as $name, not a list"),
    ])
  func mixtures(data: String, message: String) {
    let text = """
      recipe: x
      models: { base: {} }
      datasets: { rows: {} }
      stages:
        s: { kind: sft, model: $base, data: \(data) }
      """
    #expect(Fixture.messages(text) == [message])
  }

  @Test("a single weighted reference needs no list")
  func single() throws {
    let recipe = try Fixture.load(
      Fixture.stage("").replacing("data: $rows", with: "data: { from: $rows, weight: 2 }"))
    #expect(
      recipe.stages[0].inputs["data"] == [InputReference(origin: .source("rows"), weight: 2)])
  }

  @Test("a reference to a broken stage is no second mistake")
  func noCascade() {
    let text = Fixture.recipe.replacing("kind: rejection_sampling", with: "kind: rejction_sampling")
    #expect(
      Fixture.messages(text)
        == ["17:22: unknown stage kind 'rejction_sampling'; did you mean 'rejection_sampling'?"])
  }

  @Test("a stage without a kind, and one that is no map")
  func shapes() {
    #expect(
      Fixture.messages("recipe: x\nstages:\n  a: { model: $b }\n  b: 3\n  c:\n  d: { kind: [1] }\n")
        == [
          "3:3: stage 'a' has no 'kind'", "4:6: stage 'b' is a map, not 3",
          "5:5: stage 'c' is a map, not null", "6:14: 'kind' takes a stage kind, not a list",
        ])
  }
}
