import Recipes
import Settings
import Testing

@Suite struct FieldDecoderTests {
  @Test(
    "a value of the wrong type or out of range is refused with what is due",
    arguments: [
      ("learning_rate: fast", "9:20: 'learning_rate' takes a number, not the string 'fast'"),
      (
        "learning_rate: '0.1'",
        "9:20: 'learning_rate' takes a number, not the string '0.1'; write it without quotes"
      ),
      ("learning_rate: .inf", "9:20: 'learning_rate' takes a finite number, not .inf"),
      ("learning_rate: .nan", "9:20: 'learning_rate' takes a finite number, not .nan"),
      ("learning_rate: 1e999", "9:20: 'learning_rate' takes a finite number, not 1e999"),
      ("learning_rate: 0", "9:20: 'learning_rate' must be more than 0 and at most 1, not 0"),
      ("learning_rate: null", "9:20: 'learning_rate' takes a number, not null"),
      ("learning_rate: [1]", "9:20: 'learning_rate' takes a number, not a list"),
      ("learning_rate: { a: 1 }", "9:20: 'learning_rate' takes a number, not a map"),
      ("learning_rate: true", "9:20: 'learning_rate' takes a number, not true"),
      ("max_steps: 1.5", "9:16: 'max_steps' takes an integer, not 1.5"),
      ("max_steps: 3.0", "9:16: 'max_steps' takes an integer, not 3.0"),
      ("max_steps: 1e3", "9:16: 'max_steps' takes an integer, not 1e3"),
      ("max_steps: 0", "9:16: 'max_steps' must be between 1 and 1000000000 (updates), not 0"),
      (
        "max_steps: 99999999999999999999",
        "9:16: 'max_steps' takes an integer, not 99999999999999999999"
      ),
      ("logging_steps: -5", "9:20: 'logging_steps' must be at least 1 (updates), not -5"),
      ("packing: yes", "9:14: 'packing' takes true or false, not the string 'yes'; write true"),
      ("packing: 1", "9:14: 'packing' takes true or false, not 1"),
      (
        "pakcing: true",
        "9:5: unknown key 'pakcing' in a stage of kind 'sft'; did you mean 'packing'?"
      ),
      ("temperature: 1", "9:5: unknown key 'temperature' in a stage of kind 'sft'"),
    ])
  func refused(setting: String, message: String) {
    #expect(Fixture.messages(Fixture.stage(setting)) == [message])
  }

  @Test(
    "lists and choices are checked element by element",
    arguments: [
      (
        "loss_type: drgrpo",
        "9:16: 'loss_type' takes grpo, dapo or dr_grpo, not the string 'drgrpo'; did you mean 'dr_grpo'?"
      ),
      (
        "reward_funcs: accuracy",
        "9:19: 'reward_funcs' takes a list, not the string 'accuracy'; write [accuracy]"
      ),
      (
        "reward_funcs: [accuracy, 3]",
        "9:30: 'reward_funcs[1]' takes a string, not 3; put it in quotes"
      ),
      (
        "reward_weights: [1, 0.5, -1]",
        "9:30: 'reward_weights[2]' must be between 0 and 10, not -1"
      ),
    ])
  func elements(setting: String, message: String) {
    #expect(Fixture.messages(Fixture.stage(setting, kind: "grpo")) == [message])
  }

  @Test("mistakes between fields stand at the field, or at the stage when it is a default")
  func problems() {
    #expect(
      Fixture.messages(Fixture.stage("epsilon_high: 0.1", kind: "grpo"))
        == ["9:19: 'epsilon_high': must not be below epsilon"])
    let text = Fixture.recipe.replacing("task: arithmetic, size: 100", with: "task: a, file: b")
    #expect(Fixture.messages(text) == ["7:26: 'file': takes no task beside it"])
  }

  @Test("values come as their declared type, absent ones as the default")
  func values() throws {
    let recipe = try Fixture.load()
    let zero = try #require(recipe.stages.first { $0.name == "zero" })
    #expect(zero.values["learning_rate"] == .double(1e-4))
    #expect(zero.values["max_grad_norm"] == .double(1))
    #expect(zero.values["epsilon_high"] == .null)
    #expect(zero.values["loss_type"] == "dapo")
    let second = try #require(recipe.stages.first { $0.name == "second" })
    #expect(second.values["num_train_epochs"] == .double(3))
    #expect(recipe.datasets["rows"]?.values["fields"] == ["prompt": "question"])
  }

  @Test("paths stand on the recipe's folder, in flags on the current one")
  func paths() throws {
    let recipe = try Fixture.load(overrides: ["datasets.rows.file=../data/./b.jsonl"])
    #expect(recipe.models["real"]?.values["path"] == "/proj/models/real.gguf")
    #expect(recipe.datasets["rows"]?.values["file"] == "/data/b.jsonl")
    let absolute = try Fixture.load(overrides: ["datasets.rows.file=/a//b/"])
    #expect(absolute.datasets["rows"]?.values["file"] == "/a/b")
    let digits = try Fixture.load(overrides: ["datasets.rows.file=2024"])
    #expect(digits.datasets["rows"]?.values["file"] == "/proj/2024")
    #expect(
      Fixture.messages(Fixture.recipe, overrides: ["datasets.rows.file=''"])
        == ["-S datasets.rows.file='': 'file' takes a path, not the string ''"])
  }
}
