import Foundation
import Testing

@Suite("a stage that diverges")
struct DivergenceTests {
  /// A judge whose score overflows for completions of one length in 23, and only for those.
  private static let judge = #"""
    while read -r line; do
      id=${line#*\"id\":}; id=${id%%[!0-9]*}
      text=${line#*\"completion\":\"}; text=${text%%\"*}
      score=0.0${#text}
      [ $((${#text} % 23)) = 11 ] && score=3e38
      echo "{\"id\": $id, \"score\": $score}"
    done
    """#

  /// RL with everything that moves on the way: replaced groups, a schedule, rewards that overflow.
  private static let recipe = """
    recipe: div
    models:
      base: { hidden_size: 32, num_hidden_layers: 2, num_attention_heads: 4, tokenizer: characters }
    datasets:
      sums: { task: arithmetic, size: 100, parameters: { max_operands: 2, max_value: 9 }, completion_template: "<think>{solution}</think><answer>{answer}</answer>" }
      prompts: { task: arithmetic, size: 40, parameters: { max_operands: 2, max_value: 9 } }
    stages:
      start: { kind: pretrain, model: $base, data: $sums, max_steps: 60, batch_size: 4, learning_rate: 0.01 }
      rl:
        kind: grpo
        model: $start
        data: $prompts
        max_steps: 10
        prompts_per_step: 2
        num_generations: 3
        max_completion_length: 24
        learning_rate: 0.002
        dynamic_sampling: true
        max_num_gen_batches: 2
        schedule: [{ at_step: 4, temperature: 0.9 }, { at_step: 7, learning_rate: 0.001 }]
        reward_funcs: [{ command: [sh, ./judge.sh], name: judge, weight: 10 }]
        max_rollbacks: 20
        rollback_steps: 2
    """

  private func withRecipe(_ body: (Program, _ run: [String]) throws -> Void, action: String) throws
  {
    try withProgram { program in
      _ = try program.write("judge.sh", Self.judge)
      let recipe = try program.write("div.yaml", Self.recipe)
      try body(program, ["run", recipe, "-S", "stages.rl.on_divergence=\(action)"])
    }
  }

  private struct Ending: Equatable {
    let digests: [String: [String: String]]
    let metrics: [String]
    let samples: [String]

    init(_ program: Program) throws {
      digests = try program.digests(of: "@last")
      metrics = try program.metrics(of: "@last")
      samples = try program.samples(of: "@last")
    }
  }

  @Test("a reward that overflows fails the stage, and names step, prompt and sample")
  func fails() throws {
    try withRecipe(
      { program, run in
        let result = try program.start(run).result()
        #expect(result.status == 1)
        let said = try #require(
          result.error.firstMatch(of: /reward of step \d+ is inf \(prompt \d+, sample \d\)/))
        #expect(result.error.contains("\(said.output). The last checkpoint is kept"))
      }, action: "fail")
  }

  @Test(
    "rolled back with replaced groups and a schedule, and killed on the way, it ends with the same bits",
    arguments: ["rollback_and_skip", "rollback_and_lower_lr"])
  func rollsBack(action: String) throws {
    var unbroken: Ending?
    try withRecipe(
      { program, run in
        let result = try program.start(run).result()
        #expect(result.status == 0)
        #expect(result.error.contains("is inf") && result.error.contains("rollback 2 of 20"))
        unbroken = try Ending(program)
      }, action: action)
    for (index, fault) in [
      "before-rollback:1", "after-rollback:2", "after-attempt:3", "after-progress:15",
      "after-checkpoint:62", "before-finish:2",
    ].enumerated() {
      try withRecipe(
        { program, run in
          var killed = program
          // With a checkpoint after each step, and with none to go back to.
          killed.environment = [
            "REGIMEN_FAULT": fault,
            "REGIMEN_CHECKPOINT_SECONDS": index % 2 == 0 || fault.contains("checkpoint")
              ? "0" : "60",
          ]
          let first = try killed.start(run).result()
          #expect(first.status == 137, "\(fault)")
          #expect(try program.run("resume").status == 0, "\(fault)")
          #expect(try Ending(program) == unbroken, "\(fault)")
        }, action: action)
    }
  }

  /// A model that makes no number of one character, and rows of which one has it.
  private func withPoison(_ body: (Program) throws -> Void) throws {
    try withProgram { program in
      _ = try program.write(
        "make.yaml",
        """
        recipe: make
        models:
          base: { hidden_size: 16, num_hidden_layers: 1, num_attention_heads: 2, tie_word_embeddings: false }
        datasets: { sums: { task: arithmetic, size: 8, completion_template: "{answer}" } }
        stages: { make: { kind: pretrain, model: $base, data: $sums, max_steps: 1 } }
        """)
      #expect(try program.run("run", "make.yaml").status == 0)
      #expect(
        try program.run("export", "@last/make", "--format", "hf", "-o", "model").status == 0)
      let ids = try program.run("tokenize", "--model", "model", "--text", "~", "--json").json["ids"]
      try poison(
        program.folder.appending(path: "model/model.safetensors"),
        row: try #require((ids as? [Int])?.first))
      let rows = (0..<12).map { row in
        #"{"prompt": "\#(row == 7 ? "~" : "")\#(row)+1=", "completion": "\#(row + 1)"}"#
      }
      _ = try program.write("rows.jsonl", rows.joined(separator: "\n") + "\n")
      _ = try program.write(
        "fit.yaml",
        """
        recipe: fit
        models: { poisoned: { path: model } }
        datasets: { rows: { file: rows.jsonl } }
        stages: { fit: { kind: sft, model: $poisoned, data: $rows, num_train_epochs: 1, batch_size: 2, learning_rate: 1.0e-34 } }
        """)
      try body(program)
    }
  }

  /// Makes one token's hidden state overflow in the first layer, with weights that are numbers: its
  /// embedding alone has a first element, which the layer's norm multiplies by 3e38.
  private func poison(_ url: URL, row: Int) throws {
    var bytes = try Data(contentsOf: url)
    let length = bytes.prefix(8).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
    let header = Program.object(String(decoding: bytes[8..<8 + length], as: UTF8.self))
    func set(_ tensor: String, _ index: Int, _ value: Float) throws {
      let entry = try #require(header[tensor] as? [String: Any])
      let start = 8 + length + (try #require(entry["data_offsets"] as? [Int]))[0] + 4 * index
      let word = value.bitPattern.littleEndian
      withUnsafeBytes(of: word) { bytes.replaceSubrange(start..<start + 4, with: $0) }
    }
    let entry = try #require(header["model.embed_tokens.weight"] as? [String: Any])
    let shape = try #require(entry["shape"] as? [Int])
    for token in 0..<shape[0] {
      for place in 0..<shape[1] {
        let sign: Float = (token * 7 + place * place * 3) % 5 < 2 ? -1 : 1
        try set(
          "model.embed_tokens.weight", token * shape[1] + place,
          place > 0 ? sign : token == row ? 100 : 0)
      }
    }
    try set("model.layers.0.input_layernorm.weight", 0, 3e38)
    try bytes.write(to: url)
  }

  @Test("a loss that is no number fails the stage, and names step and row, counted from 1")
  func names() throws {
    try withPoison { program in
      let result = try program.run("run", "fit.yaml")
      #expect(result.status == 1)
      #expect(result.error.contains(/loss of step \d is -?nan \(row 8\)/), "\(result.error)")
    }
  }

  @Test("told to skip, it leaves out the one update with the row, and ends well")
  func skips() throws {
    try withPoison { program in
      let result = try program.run(
        "run", "fit.yaml", "-S", "stages.fit.on_divergence=rollback_and_skip")
      #expect(result.status == 0, "\(result.error)")
      let steps = try program.metrics(of: "@last").filter { $0.contains(",loss,") }
      #expect(steps.count == 5 && steps.allSatisfy { !$0.hasSuffix(",") })
    }
  }
}
