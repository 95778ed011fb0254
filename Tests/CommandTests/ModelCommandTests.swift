import Foundation
import Testing

@Suite("Commands on models", .serialized)
struct ModelCommandTests {
  /// A workspace with a trained tiny model, `tiny/pretrain`.
  private func withModel<Result>(_ body: (Program) throws -> Result) throws -> Result {
    try withProgram { program in
      let run = try program.run("run", Recipes.tiny, "--until", "pretrain")
      #expect(run.status == 0, "\(run.error)")
      return try body(program)
    }
  }

  @Test("tokenize, score and generate agree on ids and log-probabilities", .timeLimit(.minutes(3)))
  func agreement() throws {
    try withModel { program in
      let text = "1+2=<think>-"
      let tokens = try program.run("tokenize", "--model", "tiny/pretrain", "--text", text, "--json")
      let ids = try #require(tokens.json["ids"] as? [Int])
      #expect((tokens.json["tokens"] as? [String])?.joined() == text)

      let scores = try program.run("score", "--model", "tiny/pretrain", "--text", text, "--json")
      #expect(scores.json["ids"] as? [Int] == ids)
      let logProbs = try #require(scores.json["logprobs"] as? [Double])
      #expect(logProbs.count == ids.count - 1)
      #expect(logProbs.allSatisfy { $0 < 0 })

      _ = try program.write("texts.jsonl", "{\"text\": \"\(text)\"}\n\n{\"text\": \"1\"}\n")
      let both = try program.run(
        "score", "--model", "tiny/pretrain", "--input", "texts.jsonl", "--json"
      ).jsonLines
      #expect(both.count == 2)
      #expect(both.first?["logprobs"] as? [Double] == logProbs, "batch mates change no bit")
      #expect((both.last?["logprobs"] as? [Double])?.isEmpty == true, "one id has no log-prob")
      let empty = try program.run("score", "--model", "tiny/pretrain", "--text", "", "--json")
      #expect(empty.output == "{\"ids\":[],\"logprobs\":[]}\n")
    }
  }

  @Test("sample i depends on the seed and i only; temperature 0 is greedy", .timeLimit(.minutes(3)))
  func sampling() throws {
    try withModel { program in
      func generate(_ more: String...) throws -> [String] {
        let fixed = ["generate", "--model", "tiny/pretrain", "--prompt", "1+2=", "--json"]
        let limit = ["--max-new-tokens", "8"]
        let result = try program.start(fixed + limit + more).result()
        #expect(result.status == 0, "\(result.error)")
        return result.output.split(separator: "\n").map(String.init)
      }
      let five = try generate("--num-samples", "5", "--seed", "3")
      #expect(five.count == 5)
      #expect(Set(five).count > 1)
      #expect(try generate("--num-samples", "2", "--seed", "3") == Array(five.prefix(2)))
      let greedy = try generate("--num-samples", "3", "--temperature", "0")
      #expect(Set(greedy).count == 1)
      for line in five.map(Program.object) {
        let ids = try #require(line["ids"] as? [Int])
        let reason = try #require(line["finish_reason"] as? String)
        #expect(reason == "stop" || (reason == "length" && ids.count == 8))
      }
    }
  }

  @Test(
    "an exported model scores the same bits as the stage it comes from", .timeLimit(.minutes(3)))
  func export() throws {
    try withModel { program in
      let result = try program.run("export", "tiny/pretrain", "--format", "hf", "-o", "out")
      #expect(result.status == 0, "\(result.error)")
      let files = try FileManager.default.contentsOfDirectory(
        atPath: program.folder.appending(path: "out").path)
      #expect(Set(files).isSuperset(of: ["config.json", "model.safetensors", "tokenizer.json"]))
      let arguments = ["--text", "3+4=<answer>7", "--json"]
      let stage = try program.start(["score", "--model", "tiny/pretrain"] + arguments).result()
      let folder = try program.start(["score", "--model", "out"] + arguments).result()
      #expect(!stage.output.isEmpty)
      #expect(stage.output == folder.output)
      let gguf = try program.run("export", "tiny/pretrain", "--format", "gguf", "-o", "x.gguf")
      #expect(gguf.status == 0, "\(gguf.error)")
      let file = try program.start(["score", "--model", "x.gguf"] + arguments).result()
      #expect(stage.output == file.output)
      let narrow = try program.run("export", "tiny/pretrain", "--dtype", "q8_0", "-o", "y")
      #expect(narrow.status == 2)
      #expect(narrow.error.contains("hf is written in f32 or bf16; q8_0 is a type of gguf."))
      let info = try program.run("model", "info", "out", "--json").json
      #expect(info["hidden_size"] as? Int == 32)
    }
  }

  @Test("a benchmark gives its figures on a config without weights", .timeLimit(.minutes(3)))
  func bench() throws {
    try withProgram { program in
      _ = try program.write(
        "config.json",
        """
        {"model_type": "llama", "vocab_size": 300, "hidden_size": 32, "intermediate_size": 64,
         "num_hidden_layers": 1, "num_attention_heads": 2, "num_key_value_heads": 2,
         "rms_norm_eps": 1e-6, "tie_word_embeddings": true, "max_position_embeddings": 128}
        """)
      let small = ["--model", ".", "--seconds", "0", "--batch", "2", "--length", "8", "--json"]
      let train = try program.start(["bench", "train"] + small).result()
      let decode = try program.start(["bench", "decode", "--new-tokens", "4"] + small).result()
      for result in [train, decode] {
        #expect(result.status == 0, "\(result.error)")
        #expect((result.json["tokens_per_second"] as? Double ?? 0) > 0)
        #expect((result.json["seconds_per_step"] as? Double ?? 0) > 0)
        #expect((result.json["peak_memory_bytes"] as? Int ?? 0) > 1 << 20)
      }
      let auto = try #require(train.json["precision"] as? String)
      #expect(decode.json["precision"] as? String == auto)
      #expect((decode.json["prefill_tokens_per_second"] as? Double ?? 0) > 0)
      // auto is bf16 where the processor has it; elsewhere asking for it is a mistake.
      let bf16 = try program.start(["bench", "train", "--precision", "bf16"] + small).result()
      #expect(bf16.status == (auto == "bf16" ? 0 : 3))
      #expect((bf16.json["precision"] as? String) == (auto == "bf16" ? auto : nil))
      let f32 = try program.start(["bench", "train", "--precision", "f32"] + small).result()
      #expect(f32.json["precision"] as? String == "f32")
    }
  }

  @Test("bench grpo runs a stage, and its phases add up to the step")
  func benchGRPO() throws {
    try withProgram { program in
      #expect(try program.run("run", Recipes.tiny, "--until", "pretrain").status == 0)
      let export = try program.run("export", "@last/pretrain", "--format", "hf", "-o", "m")
      #expect(export.status == 0)
      let sizes = ["--prompts", "2", "--generations", "3", "--new-tokens", "8", "--steps", "2"]
      let result = try program.start(["bench", "grpo", "--model", "m", "--json"] + sizes).result()
      #expect(result.status == 0, "\(result.error)")
      let step = try #require(result.json["seconds_per_step"] as? Double)
      let phases = try #require(result.json["phases"] as? [String: Double])
      #expect(Set(phases.keys).isSuperset(of: ["prefill", "decode", "forward", "backward"]))
      // The step is a median, the phases are means of two steps.
      #expect(abs(phases.values.reduce(0, +) / step - 1) < 0.02)
      #expect((result.json["tokens_per_second"] as? Double ?? 0) > 0)
    }
  }

  @Test("a model that is missing or broken is status 3, a run that is not there status 4")
  func badModels() throws {
    try withProgram { program in
      func score(_ model: String) throws -> Program.Result {
        try program.run("score", "--model", model, "--text", "x", "--json")
      }
      #expect(try score("absent.gguf").status == 3)
      let broken = try program.write("broken.gguf", "GGUF and no more")
      let result = try score(broken)
      #expect(result.status == 3)
      #expect(result.error.contains("broken.gguf"))
      #expect(result.output.isEmpty)
      #expect(try score("no/stage").status == 4)
    }
  }

  @Test("what looks like a hub's name gets the command that fetches it")
  func hubNames() throws {
    try withProgram { program in
      let name = "HuggingFaceTB/SmolLM2-135M-Instruct"
      let score = try program.run("score", "--model", name, "--text", "x")
      #expect(score.status == 4)
      #expect(score.error.contains(": no such file, and as RUN/STAGE: "))
      #expect(score.error.contains("`hf download \(name) --local-dir SmolLM2-135M-Instruct`"))
      let recipe = try program.write(
        "r.yaml",
        """
        recipe: r
        models: { base: { path: \(name) } }
        datasets: { sums: { task: arithmetic, size: 8, completion_template: "{answer}" } }
        stages: { sft: { kind: sft, model: $base, data: $sums, max_steps: 1 } }
        """)
      let plan = try program.run("plan", recipe)
      #expect(plan.status == 3)
      #expect(plan.error.contains("there is nothing at "))
      #expect(plan.error.contains("`hf download \(name) --local-dir /"))
    }
  }

  @Test("weights that are not finite are status 3 with the tensor's name", .timeLimit(.minutes(3)))
  func notFinite() throws {
    try withModel { program in
      #expect(try program.run("export", "tiny/pretrain", "--format", "hf", "-o", "out").status == 0)
      let card = try String(
        contentsOf: program.folder.appending(path: "out/README.md"), encoding: .utf8)
      #expect(card.contains("# tiny/pretrain"))
      #expect(card.contains("library_name: transformers"))
      let path = program.folder.appending(path: "out/model.safetensors")
      var data = try Data(contentsOf: path)
      data.replaceSubrange(data.count - 4..<data.count, with: [0, 0, 0xC0, 0x7F])
      try data.write(to: path)
      for command in [["score", "--text", "1"], ["generate", "--prompt", "1"]] {
        let result = try program.start(command + ["--model", "out"]).result()
        #expect(result.status == 3)
        #expect(result.error.contains("out: the tensor '"))
        #expect(result.error.contains("is not finite"))
        #expect(result.output.isEmpty)
      }
    }
  }

  @Test("a broken line of input is reported with file and line")
  func brokenInput() throws {
    try withModel { program in
      _ = try program.write("texts.jsonl", "{\"text\": \"1\"}\n{\"txt\": \"2\"}\n")
      let result = try program.run("score", "--model", "tiny/pretrain", "--input", "texts.jsonl")
      #expect(result.status == 3)
      #expect(result.error.contains("texts.jsonl:2: "))
    }
  }
}
