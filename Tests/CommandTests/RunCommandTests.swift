import Foundation
import Testing

@Suite("regimen run")
struct RunCommandTests {
  @Test("every stage kind runs, and a second run reuses every stage", .timeLimit(.minutes(5)))
  func runAndReuse() throws {
    try withProgram { program in
      let first = try program.run("run", Recipes.tiny, "--json")
      #expect(first.status == 0, "\(first.error)")
      let events = first.jsonLines
      #expect(events.last?["status"] as? String == "succeeded")
      #expect(events.last?["exit"] as? Int == 0)
      let id = try #require(events.last?["run"] as? String)
      #expect(events.first?["event"] as? String == "run_started")
      #expect(events.allSatisfy { $0["run"] as? String == id })

      let shown = try program.run("show", id, "--json").json
      let stages = try #require(shown["stages"] as? [[String: Any]])
      #expect(
        Set(stages.compactMap { $0["kind"] as? String }) == [
          "pretrain", "sft", "grpo", "rejection_sampling", "generate", "filter", "reward_model",
          "distill", "evaluate", "judged_pairs",
        ])
      #expect(stages.allSatisfy { $0["status"] as? String == "succeeded" })

      let plan = try program.run("plan", Recipes.tiny, "--json", "--detailed-exitcode")
      #expect(plan.status == 0, "nothing is left to do")
      let steps = try #require(plan.json["steps"] as? [[String: Any]])
      #expect(steps.count == stages.count)
      #expect(steps.allSatisfy { $0["action"] as? String == "reuse" })

      let second = try program.run("run", Recipes.tiny)
      #expect(second.status == 0)
      let reused = try program.run("show", "@last", "--json").json["stages"] as? [[String: Any]]
      #expect(reused?.allSatisfy { $0["status"] as? String == "reused" } == true)
      #expect(reused?.allSatisfy { $0["reused_from"] as? String == id } == true)
      #expect(try program.digests(of: "@last") == program.digests(of: id))
      #expect(try program.metrics(of: "@last") == program.metrics(of: id))
    }
  }

  @Test("one thread and two give the same bits", .timeLimit(.minutes(5)))
  func threads() throws {
    let one = try withProgram { program in
      #expect(try program.run("run", Recipes.tiny, "--threads", "1").status == 0)
      return try (program.digests(of: "@last"), program.metrics(of: "@last"))
    }
    let two = try withProgram { program in
      #expect(try program.run("run", Recipes.tiny, "--threads", "2").status == 0)
      return try (program.digests(of: "@last"), program.metrics(of: "@last"))
    }
    #expect(one.0 == two.0)
    #expect(one.1 == two.1)
  }

  @Test("variants and seeds are runs of their own names, and share what they have in common")
  func severalRuns() throws {
    try withProgram { program in
      let recipe = try program.write("two.yaml", Self.variants)
      let result = try program.run(
        "run", recipe, "--variant", "two", "--variant", "slow", "--seeds", "1,2")
      #expect(result.status == 0, "\(result.error)")
      let runs = try program.run("ls", "--json").jsonLines
      #expect(
        Set(runs.compactMap { $0["name"] as? String }) == [
          "two-1", "two-2", "two-slow-1", "two-slow-2",
        ])
      let slow = try program.run("show", "two-slow-2", "--json").json["stages"] as? [[String: Any]]
      let actions = slow?.compactMap { $0["status"] as? String }
      #expect(actions == ["reused", "succeeded"], "only the changed stage runs again")
    }
  }

  @Test("-n says what would be done and leaves no trace")
  func dryRun() throws {
    try withProgram { program in
      let result = try program.run("run", Recipes.tiny, "-n")
      #expect(result.status == 0)
      #expect(result.output.contains("13 of 13 stages to run"))
      #expect(!FileManager.default.fileExists(atPath: program.folder.appending(path: "runs").path))
    }
  }

  @Test("bad data end `plan` and `run` with status 3 before any stage, and a stage with status 3")
  func failure() throws {
    try withProgram { program in
      let data = #"{"text": "abc"}"# + "\n"
      let recipe = try program.write(
        "fails.yaml",
        """
        recipe: fails
        models:
          base: { hidden_size: 16, num_hidden_layers: 1, num_attention_heads: 2 }
        datasets:
          rows: { file: rows.jsonl }
        stages:
          pretrain: { kind: pretrain, model: $base, data: $rows, max_steps: 1, learning_rate: 1 }
        """)
      _ = try program.write("rows.jsonl", data + "{\"text\": \n")
      for command in ["plan", "run"] {
        let refused = try program.run(command, recipe)
        #expect(refused.status == 3)
        #expect(
          refused.error.contains("fails.yaml:5:17: error: dataset 'rows': "))
        #expect(refused.error.contains("rows.jsonl:2:10: not JSON"), "the broken line is located")
      }
      let broken = try program.run("run", recipe, "--json", "--no-data")
      #expect(broken.status == 3)
      #expect(broken.jsonLines.last?["status"] as? String == "failed")
      #expect(broken.jsonLines.last?["exit"] as? Int == 3)
      #expect(broken.output.contains("rows.jsonl:2"), "the broken line is located")
    }
  }

  private static let variants = """
    recipe: two
    models:
      base: { hidden_size: 16, num_hidden_layers: 1, num_attention_heads: 2 }
    datasets:
      sums: { task: arithmetic, size: 20, completion_template: "{answer}" }
    stages:
      pretrain: { kind: pretrain, model: $base, data: $sums, max_steps: 2 }
      tune: { kind: sft, model: $pretrain, data: $sums, max_steps: 2 }
    variants:
      slow: { stages.tune.learning_rate: 1e-6 }
    """
}
