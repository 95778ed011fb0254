import Foundation
import Testing

@Suite("human_review from the command line")
struct ReviewCommandTests {
  private static let recipe = """
    recipe: reviewed
    models: { base: { hidden_size: 16, num_hidden_layers: 1, num_attention_heads: 2 } }
    datasets:
      sums: { task: arithmetic, size: 6, completion_template: "{solution}" }
    stages:
      check: { kind: human_review, data: $sums, instructions: Look at the sums. }
      tune: { kind: sft, model: $base, data: $check, max_steps: 3, batch_size: 2 }
      other: { kind: pretrain, model: $base, data: $sums, max_steps: 3, batch_size: 2 }
    """

  @Test("a run stops with status 75, says what to edit, and continues with the edited file")
  func review() throws {
    try withProgram { program in
      let recipe = try program.write("reviewed.yaml", Self.recipe)
      let first = try program.run("run", recipe, "--name", "first")
      #expect(first.status == 75)
      #expect(first.error.contains("Look at the sums."))
      #expect(
        first.error.contains("regimen resume first --reviewed check=FILE    continues with FILE"))
      let status = try program.run("status", "first").output
      #expect(status.contains("check: a person is asked: edit a copy of "))
      #expect(status.contains("tune: 'check' waits for a person"))
      let words = try #require(status.split(separator: "edit a copy of ").dropFirst().first)
      let asked = String(words.prefix { $0 != "," })
      let rows = try String(contentsOfFile: asked, encoding: .utf8).split(separator: "\n")
      #expect(rows.count == 6)

      let bad = try program.write("mine.jsonl", rows[0] + "\n{\"id\":\n")
      let failed = try program.run("resume", "first", "--reviewed", "check=\(bad)")
      #expect(failed.status == 3)
      #expect(failed.error.contains("check.reviewed.jsonl:2"))
      let unknown = try program.run("resume", "first", "--reviewed", "chekc=\(bad)")
      #expect(unknown.status == 2)
      #expect(
        unknown.error.contains("in run first the stage 'check' waits for a person"),
        "\(unknown.error)"
      )

      let good = try program.write("mine.jsonl", rows.dropFirst(2).joined(separator: "\n") + "\n")
      let resumed = try program.run("resume", "first", "--reviewed", "check=\(good)")
      #expect(resumed.status == 0, "\(resumed.error)")
      #expect(resumed.output.contains("kept 4 of 6"))
      let again = try program.run("run", recipe, "--name", "again")
      #expect(again.status == 0)
      #expect(try program.digests(of: "again") == program.digests(of: "first"))
      let nobody = try program.run("resume", "first", "--reviewed", "check=\(good)")
      #expect(nobody.status == 4)
    }
  }

  @Test("what a later stage finds wrong with a reviewed row is found in the person's file")
  func located() throws {
    try withProgram { program in
      let recipe = try program.write(
        "reviewed.yaml",
        """
        recipe: reviewed
        models: { base: { hidden_size: 16, num_hidden_layers: 1, num_attention_heads: 2 } }
        datasets: { sums: { task: arithmetic, size: 2 } }
        stages:
          check: { kind: human_review, data: $sums }
          rl:
            { kind: grpo, model: $base, data: $check, max_steps: 1, prompts_per_step: 1,
              num_generations: 2, max_completion_length: 4 }
        """)
      #expect(try program.run("run", recipe).status == 75)
      let mine = try program.write(
        "mine.jsonl", "\n{\"id\": 1, \"prompt\": \"1+1=\", \"completion\": \"2\"}\n")
      let resumed = try program.run("resume", "--reviewed", "check=\(mine)")
      #expect(resumed.status == 3)
      #expect(
        resumed.error.contains("row 1 of dataset 'check.data' (")
          && resumed.error.contains("/check.reviewed.jsonl:2)"), "\(resumed.error)")
    }
  }
}
