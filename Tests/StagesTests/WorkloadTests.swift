import Datasets
import Host
import Neural
import Recipes
import Settings
import Testing
import Workflow

@testable import Stages

@Suite("What stages will have to do")
struct WorkloadTests {
  private func works(_ text: String) throws -> [String: Result<Workload, UnknownShape>] {
    let file = try RecipeFile(text: text, file: "/nowhere/recipe.yaml", currentDirectory: "/")
    return WorkloadPlan(
      try file.recipe(catalog: builtInStages.recipes), in: LocalFiles()
    ).stages
  }

  /// One layer: matrices of 54 numbers with the output layer, 80 numbers in all, 4 numbers of
  /// attention a pair of tokens.
  private func recipe(_ stages: String, assuming more: String = "") -> String {
    """
    recipe: r
    models: { base: { path: base } }
    datasets: { rows: { file: rows.jsonl, format: prompt_completion } }
    stages:
    \(stages)
    assume:
      models:
        base: { vocab_size: 10, hidden_size: 2, intermediate_size: 3, num_hidden_layers: 1, num_attention_heads: 1 }
      datasets: { rows: { rows: 10, prompt_tokens: 4, completion_tokens: 6 } }
    \(more)
    """
  }

  @Test(
    "a new model has as many parameters as its shape says", arguments: ["llama", "qwen2", "qwen3"])
  func newModel(_ architecture: String) throws {
    for isTied in [true, false] {
      let configuration = ModelConfiguration(values: [
        "architecture": .string(architecture), "hidden_size": .int(24),
        "num_hidden_layers": .int(3), "num_attention_heads": .int(4),
        "num_key_value_heads": .int(2), "head_dim": .int(8),
        "tie_word_embeddings": .bool(isTied),
      ])
      let model = try configuration.newModel(name: "m", seed: 1)
      #expect(ModelShape(model.config).parameters == Double(model.parameters.count))
    }
  }

  /// The numbers of parameters are those that Hugging Face shows for the checkpoints.
  @Test(
    "published models have their published numbers of parameters",
    arguments: [
      ("qwen2", 151_936, 1536, 8960, 28, 12, 2, true, 1_543_714_304.0),
      ("qwen2", 152_064, 3584, 18944, 28, 28, 4, false, 7_615_616_512),
      ("qwen2", 152_064, 5120, 13824, 48, 40, 8, false, 14_770_033_664),
      ("qwen2", 152_064, 5120, 27648, 64, 40, 8, false, 32_763_876_352),
      ("llama", 128_256, 4096, 14336, 32, 32, 8, false, 8_030_261_248),
      ("llama", 128_256, 8192, 28672, 80, 64, 8, false, 70_553_706_496),
    ])
  func published(
    _ architecture: String, _ vocabulary: Int, _ hidden: Int, _ intermediate: Int, _ layers: Int,
    _ heads: Int, _ keys: Int, _ isTied: Bool, _ parameters: Double
  ) {
    let model = AssumedModel(values: [
      "architecture": .string(architecture), "vocab_size": .int(vocabulary),
      "hidden_size": .int(hidden), "intermediate_size": .int(intermediate),
      "num_hidden_layers": .int(layers), "num_attention_heads": .int(heads),
      "num_key_value_heads": .int(keys), "tie_word_embeddings": .bool(isTied),
    ])
    #expect(ModelShape(model).parameters == parameters)
  }

  @Test("DeepSeek-V3 has 671 billion parameters, of which 37 billion see a token")
  func mixture() {
    let model = ModelShape(
      AssumedModel(values: [
        "architecture": .string("deepseek_v3"), "vocab_size": .int(129_280),
        "hidden_size": .int(7168), "intermediate_size": .int(18_432),
        "num_hidden_layers": .int(61), "num_attention_heads": .int(128),
      ]))
    #expect(model.parameters == 671_026_419_200)
    // Attention 61 x 187,105,280; dense 3 x 396,361,728; experts 58 x (9 x 44,040,192 + 1,835,008);
    // the output layer 926,679,040.
    #expect(model.activeParameters == 36_624_596_992)
    #expect(model.attentionWidth == 128 * (192 + 128))
    #expect(model.cacheWidth == 576)
    let (kept, again) = (
      model.widths.trained(.f32, recomputing: false), model.widths.trained(.f32, recomputing: true)
    )
    #expect(again < kept)
  }

  @Test("fine-tuning by hand")
  func sft() throws {
    let stages =
      "  tune: { kind: sft, model: $base, data: $rows, num_train_epochs: 2, batch_size: 5 }"
    let work = try #require(works(recipe(stages))["tune"]).get()
    #expect(work.updates == 4 && work.samples == 20 && work.trainedTokens == 200)
    // A row: 2 x 54 x 10 for the matrices, 2 x 4 x (10 + 45) for attention; three times for both passes.
    #expect(work.trainingFLOPs == 20 * 3 * (1080 + 440))
    #expect(work.samplingFLOPs == 0 && work.scoringFLOPs == 0)
    let memory = work.memory
    #expect(memory.weights == 320 && memory.gradients == 320 && memory.moments == 640)
    // A row's activations by hand: 26 numbers of the layer, 15 of gradients, 11 around them. With one
    // layer there is nothing that checkpointing could leave out.
    #expect(memory.activations == 4 * 5 * 10 * 52, "an update has fewer tokens than a micro-batch")
    // Matrices as products read them; ten logits of each of fifty rows; a checkpoint is no copy.
    #expect(memory.packed == 4 * 54 && memory.logits == 4 * 50 * 10 && memory.checkpoint == 0)
    #expect(memory.cache == 0 && memory.loading == 320, "less than what training takes")
    // Ten rows of ten tokens of two bytes, and twenty bytes a row.
    #expect(memory.rows == 10 * (10 * 2 + 20))
    #expect(
      memory.total == 320 + 216 + 320 + 640 + memory.activations + 2000 + memory.rows)
    // Room for 2,048 rows is asked for, and for the logits of as many.
    #expect(memory.promised == 4 * (2048 - 50) * (52 + 10))
    #expect(work.outputBytes == 320 && work.checkpointBytes == 9 * 320)
    let again = try #require(
      works(recipe(stages.replacing("epochs: 2", with: "epochs: 2, gradient_checkpointing: true")))[
        "tune"]
    ).get()
    #expect(again.trainingFLOPs == 20 * 4 * (1080 + 440))
    #expect(again.memory.activations == memory.activations)
  }

  @Test("GRPO by hand, with a length that changes and a reward model for some of the updates")
  func grpo() throws {
    let stages = """
        rm: { kind: reward_model, model: $base, data: $rows, loss_type: pointwise, max_steps: 1 }
        rl:
          kind: grpo
          model: $base
          data: $rows
          reward_model: $rm
          reward_funcs: [accuracy, { reward_model: rm, from_step: 4 }]
          max_steps: 4
          prompts_per_step: 2
          num_generations: 3
          steps_per_generation: 2
          max_completion_length: 6
          schedule: [{ at_step: 3, max_completion_length: 8 }]
      """
    let work = try #require(works(recipe(stages))["rl"]).get()
    #expect(work.updates == 4 && work.samples == 24)
    #expect(work.sampledTokens == 24 * 7 && work.trainedTokens == 8 * (4 + 21))
    // A prompt: 2 x 54 x 4 + 8 x 10; a completion of 7 after it: 2 x 54 x 7 + 8 x (28 + 28).
    let (prompt, completion) = (512.0, 1204.0)
    #expect(work.samplingFLOPs == 24 * completion)
    #expect(work.trainingFLOPs == 3 * 8 * (prompt + 3 * completion))
    // Prompts, the reference, and the reward model in one update of four: 2 x 54 x 11 + 8 x 66.
    #expect(
      work.scoringFLOPs == 8 * prompt + 8 * (prompt + 3 * completion) + 6 * (1188 + 528))
    #expect(work.memory.weights == 3 * 320)
    // Two steps' four prompts with their twelve completions: a block of 32 positions each, with two
    // numbers of a key and two of a value for a position.
    #expect(work.memory.cache == 32 * 4 * 4 * (4 + 12))
    // Matrices of policy and reference, and of the reward model, which has no table.
    #expect(work.memory.packed == 4 * (54 + 54 + 34))
    let told = try #require(
      works(recipe(stages, assuming: "  stages: { rl: { completion_length: 3 } }"))["rl"]
    ).get()
    #expect(told.sampledTokens == 24 * 3)
  }

  @Test("what a stage leaves is what the next one works on")
  func graph() throws {
    let stages = """
        kept: { kind: rejection_sampling, model: $base, data: $rows, num_generations: 4, max_completion_length: 5 }
        checked: { kind: human_review, data: $kept }
        tune: { kind: sft, model: $base, data: $checked, num_train_epochs: 1, batch_size: 1 }
      """
    let all = try works(recipe(stages))
    #expect(try all["kept"]?.get().samples == 40)
    #expect(try all["tune"]?.get().trainedTokens == 40 * (4 + 5))
    let assumed = try works(recipe(stages, assuming: "  stages: { kept: { rows: 12 } }"))
    #expect(try assumed["tune"]?.get().updates == 12)
  }

  @Test("a judge of answers costs a question and a verdict for each sample")
  func judged() throws {
    let stages = """
        kept:
          kind: rejection_sampling
          model: $base
          data: $rows
          judge_model: $base
          judge: { template: reference, max_completion_length: 3 }
          num_generations: 4
          max_completion_length: 5
      """
    let work = try #require(works(recipe(stages))["kept"]).get()
    #expect(work.samples == 40 && work.sampledTokens == 40 * (5 + 3))
    // A question of 9 tokens: 2 x 54 x 9 + 8 x 45; a verdict of 3 after it: 2 x 54 x 3 + 8 x (27 + 6);
    // a completion of 5 after 4: 2 x 54 x 5 + 8 x (20 + 15).
    #expect(work.scoringFLOPs == 10 * 512 + 40 * (972 + 360))
    #expect(work.samplingFLOPs == 40 * (540 + 280) + 40 * (324 + 264))
    #expect(work.memory.weights == 2 * 320)
    let told = try #require(
      works(recipe(stages, assuming: "  stages: { kept: { verdict_length: 2 } }"))["kept"]
    ).get()
    #expect(told.sampledTokens == 40 * (5 + 2))
  }

  @Test("what cannot be told has a reason, and so has what depends on it")
  func unknown() throws {
    let text = """
      recipe: r
      models: { base: { path: base } }
      datasets: { rows: { task: arithmetic, size: 4 } }
      stages:
        one: { kind: sft, model: $base, data: $rows }
        two: { kind: sft, model: $one, data: $rows }
      """
    let all = try works(text)
    #expect(
      throws: UnknownShape(
        description: "there is nothing at /nowhere/base, and assume.models has no base")
    ) { try all["one"]?.get() }
    #expect(throws: UnknownShape(description: "the output of 'one' is not known")) {
      try all["two"]?.get()
    }
  }

  @Test("rows of a task are measured")
  func measured() throws {
    let text = """
      recipe: r
      models: { base: { hidden_size: 8, num_attention_heads: 2, num_hidden_layers: 1 } }
      datasets: { rows: { task: arithmetic, size: 40, completion_template: "{answer}" } }
      stages:
        one: { kind: sft, model: $base, data: $rows, num_train_epochs: 1 }
      """
    let rows = try loadRows(
      StageInput(
        name: "rows",
        content: .source(
          DatasetConfiguration(values: [
            "task": .string("arithmetic"), "size": .int(40),
            "completion_template": .string("{answer}"),
          ]).values),
        seed: Recipe(name: "r", seed: 0, stages: []).seed(ofSource: "rows")))
    let bytes = rows.reduce(0) { $0 + $1.prompt.text.utf8.count + ($1.completion?.utf8.count ?? 0) }
    let tokens = try #require(works(text)["one"]).get().trainedTokens
    #expect(abs(tokens - Double(bytes)) < 1e-6)
  }
}
