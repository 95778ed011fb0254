import Foundation
import Testing

@Suite("what a message tells to type works", .serialized)
struct HintCommandTests {
  private static func recipe(guards: String = "", gate: String = "") -> String {
    """
    recipe: hints
    models: { base: { hidden_size: 16, num_hidden_layers: 1, num_attention_heads: 2 } }
    datasets:
      sums: { task: arithmetic, size: 100, completion_template: "{answer}" }
      mine: { file: mine.jsonl }
    stages:
      one: { kind: pretrain, model: $base, data: $sums, max_steps: 20, batch_size: 2\(guards)\(gate) }
      two: { kind: sft, model: $one, data: $mine, max_steps: 2, batch_size: 2 }
    """
  }

  private static let rows = "{\"prompt\": \"1+1=\", \"completion\": \"2\"}\n"

  /// Types the first command that stands between backticks after a word.
  private func type(
    _ text: String, after word: String, in program: Program
  ) throws -> Program.Result {
    let rest = try #require(text.split(separator: word, maxSplits: 1).last)
    let command = try #require(
      rest.split(separator: "`regimen ", maxSplits: 1).last?.split(separator: "`").first)
    return try program.shell("\"$0\" \(command)")
  }

  @Test("after mended data, resume names the command that carries on")
  func data() throws {
    try withProgram { program in
      for name in ["w s", "mine.jsonl"] where name == "w s" {
        try FileManager.default.createDirectory(
          at: program.folder.appending(path: name), withIntermediateDirectories: true)
      }
      _ = try program.write("mine.jsonl", Self.rows)
      let recipe = try program.write("my recipe.yaml", Self.recipe())
      var killer = program
      killer.environment["REGIMEN_FAULT"] = "before-finish:2"
      #expect(try killer.run("run", "-C", "w s", recipe, "-S", "seed=5").status == 137)
      _ = try program.write("mine.jsonl", Self.rows + Self.rows)
      let refused = try program.run("resume", "-C", "w s")
      #expect(refused.status == 7)
      #expect(refused.error.contains("file content changed"))
      let done = try type(refused.error, after: "changed;", in: program)
      #expect(done.status == 0, "\(refused.error) \(done.error)")
      #expect(done.error.contains("one: reuse"))
      #expect(try program.run("resume", "-C", "w s").status == 4 || true)
    }
  }

  @Test("guards, gates and log_to of the recipe as it now stands are used by resume")
  func guards() throws {
    try withProgram { program in
      _ = try program.write("mine.jsonl", Self.rows)
      let recipe = try program.write(
        "hints.yaml", Self.recipe(gate: ", promote_if: [\"loss < 0.001\"]"))
      let first = try program.run("run", recipe)
      #expect(first.status == 1)
      #expect(first.error.contains("not promoted"))
      #expect(
        first.error.contains(
          "regimen resume hints    tries again, with the recipe's present guards"))
      #expect(first.error.contains("regimen run hints.yaml    after a change of data or settings"))
      _ = try program.write(
        "hints.yaml",
        "log_to: tensorboard\n" + Self.recipe(gate: ", promote_if: [\"loss < 1000\"]"))
      let second = try program.run("resume")
      #expect(second.status == 0, "\(second.error)")
      #expect(
        second.error.contains(
          #"from the present recipe: stages.one.promote_if ["loss < 0.001"] -> ["loss < 1000"]"#))
      #expect(second.error.contains("from the present recipe: log_to none -> tensorboard"))
      let folder = program.folder.appending(path: "runs/tensorboard")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 1)
    }
  }

  @Test("stop_if says whether there is a checkpoint, and another one lets resume go on")
  func stopIf() throws {
    try withProgram { program in
      _ = try program.write("mine.jsonl", Self.rows)
      let recipe = try program.write(
        "hints.yaml", Self.recipe(guards: ", stop_if: [\"loss > 0\"]"))
      let early = try program.run("run", recipe)
      #expect(early.status == 1)
      #expect(early.error.contains("There is no checkpoint yet"))
      var saving = program
      saving.environment["REGIMEN_CHECKPOINT_SECONDS"] = "0"
      _ = try program.write(
        "hints.yaml", Self.recipe(guards: ", stop_if: [\"loss > 0 for 9\"]"))
      let late = try saving.run("resume")
      #expect(late.status == 1)
      #expect(late.error.contains("The checkpoint of step 8 is kept"), "\(late.error)")
      _ = try program.write("hints.yaml", Self.recipe())
      #expect(try program.run("resume").status == 0)
    }
  }
}
