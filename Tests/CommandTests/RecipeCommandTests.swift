import Foundation
import Testing

@Suite("regimen validate, plan, list and schema")
struct RecipeCommandTests {
  @Test("a valid recipe ends with status 0, without output")
  func valid() throws {
    try withProgram { program in
      let result = try program.run("validate", Recipes.tiny)
      #expect(result.status == 0)
      #expect(result.output.isEmpty)
      #expect(result.error.contains("tiny is valid: 13 stages"))
    }
  }

  @Test("all mistakes come at once, located, with carets and the nearest names")
  func mistakes() throws {
    try withProgram { program in
      let recipe = try program.write(
        "bad.yaml",
        """
        recipe: bad
        models:
          base: { hidden_size: 16 }
        stages:
          first: { kind: pretrain, model: $bse, data: $base, max_stepz: 3 }
          second: { kind: grop, model: $first }
        """)
      let result = try program.run("validate", recipe)
      #expect(result.status == 3)
      #expect(result.output.isEmpty)
      let heads = result.error.split(separator: "\n").filter { $0.contains(": error: ") }
      #expect(heads.count == 4, "\(result.error)")
      #expect(heads.allSatisfy { $0.hasPrefix("bad.yaml:") })
      for part in ["'$bse'", "did you mean 'max_steps'?", "did you mean 'grpo'?"] {
        #expect(result.error.contains(part), "\(part) in \(result.error)")
      }
    }
  }

  @Test("validate --json has every mistake with file, line and column")
  func json() throws {
    try withProgram { program in
      let recipe = try program.write("r.yaml", "recipe: r\nstages:\n  a: { kind: nosuch }\n")
      let result = try program.run("validate", recipe, "--json", "-S", "seed=x")
      #expect(result.status == 3)
      #expect(result.json["valid"] as? Bool == false)
      let found = result.json["diagnostics"] as? [[String: Any]] ?? []
      #expect(found.contains { $0["line"] as? Int == 3 && $0["file"] as? String == "r.yaml" })
      #expect(found.contains { $0["argument"] as? String == "-S seed=x" }, "\(found)")
      let valid = try program.run("validate", Recipes.tiny, "--json")
      #expect(valid.status == 0 && valid.json["valid"] as? Bool == true)
    }
  }

  @Test("-S values may be anything, and their mistakes name the flag")
  func overrides() throws {
    try withProgram { program in
      let flag = "stages.pretrain.max_steps=-1"
      let result = try program.run("validate", Recipes.tiny, "-S", flag)
      #expect(result.status == 3)
      #expect(result.error.contains("-S \(flag)"))
      #expect(
        try program.run("validate", Recipes.tiny, "-S", "stages.pretrain.max_steps=5").status == 0)
    }
  }

  @Test("a recipe that does not exist ends with status 3")
  func missingRecipe() throws {
    try withProgram { program in
      let result = try program.run("validate", "none.yaml")
      #expect(result.status == 3)
      #expect(result.error == "none.yaml: error: no such file\n")
    }
  }

  @Test("a metric that no stage of its kind reports is a located error before anything runs")
  func metrics() throws {
    try withProgram { program in
      let recipe = try program.write(
        "guards.yaml",
        """
        recipe: guards
        models:
          base: { hidden_size: 16, num_hidden_layers: 1, num_attention_heads: 2 }
        datasets:
          sums: { task: arithmetic, size: 20 }
        stages:
          rl:
            kind: grpo
            model: $base
            data: $sums
            warn_if: [kl > 0.2, entropi < 0.1 for 3]
            stop_if: [kll > 1, rewards/acuracy/mean < 0.1]
          evaluate:
            kind: evaluate
            model: $rl
            data: $sums
            promote_if: ["pass@1 >= rl.pass@1", "pass@1/high >= rl.eval_reward - 0.1"]
        compare: { metric: evaluate.pass@2 }
        """)
      let result = try program.run("validate", recipe)
      #expect(result.status == 3)
      let heads = result.error.split(separator: "\n").filter { $0.contains(": error: ") }
      #expect(heads.count == 6, "\(result.error)")
      for part in [
        "guards.yaml:11:25: error: 'warn_if': a stage of kind 'grpo' reports no metric 'entropi'; "
          + "did you mean 'entropy'?",
        "guards.yaml:12:15: error: 'stop_if': a stage of kind 'grpo' reports no metric 'kll'; "
          + "did you mean 'kl'?",
        "did you mean 'rewards/accuracy/mean'?",
        "guards.yaml:17:18: error: 'promote_if': a stage of kind 'grpo' reports no metric 'pass@1'",
        "reports no metric 'eval_reward'",
        "'metric': a stage of kind 'evaluate' reports no metric 'pass@2'; did you mean",
      ] { #expect(result.error.contains(part), "\(part) in \(result.error)") }
      #expect(try program.run("run", recipe).status == 3)
    }
  }

  @Test("list metrics has every metric of every kind, with the way that is better")
  func listMetrics() throws {
    try withProgram { program in
      let table = try program.run("list", "metrics", "evaluate")
      #expect(table.status == 0 && table.output.contains("Also of each dataset, as DATASET/pass@1"))
      let json = try program.run("list", "metrics", "grpo", "--json").output
      #expect(json.contains(#""name":"kl","better":"lower""#))
      #expect(
        json.contains(#""name":"step_time","better":"neither","is_share":false,"is_timing":true"#))
      #expect(
        try program.run("list", "metrics", "--markdown").output.contains("### Metrics of sft"))
    }
  }

  @Test("plan looks for files and points into the recipe; validate does not")
  func missingData() throws {
    try withProgram { program in
      let recipe = try program.write(
        "data.yaml",
        """
        recipe: data
        models:
          base: { hidden_size: 16 }
        datasets:
          rows: { file: absent.jsonl }
        stages:
          pretrain: { kind: pretrain, model: $base, data: $rows }
        """)
      #expect(try program.run("validate", recipe).status == 0)
      let plan = try program.run("plan", recipe)
      #expect(plan.status == 3)
      #expect(plan.error.hasPrefix("data.yaml:5:17: error: there is nothing at "))
      #expect(plan.error.hasSuffix("                ^\n"))
    }
  }

  @Test("plan gives every step with its key, reason and resolved parameters; work is status 10")
  func plan() throws {
    try withProgram { program in
      let result = try program.run("plan", Recipes.tiny, "--json", "--detailed-exitcode")
      #expect(result.status == 10)
      let steps = try #require(result.json["steps"] as? [[String: Any]])
      #expect(steps.map { $0["stage"] as? String }.first == "pretrain")
      for step in steps {
        #expect(step["action"] as? String == "run")
        #expect((step["key"] as? String)?.count == 64)
        #expect((step["reason"] as? String)?.isEmpty == false)
      }
      let parameters = steps.first?["parameters"] as? [String: Any]
      #expect(parameters?["max_grad_norm"] as? Double == 1, "defaults are filled in")
      #expect(!FileManager.default.fileExists(atPath: program.folder.appending(path: "runs").path))
    }
  }

  @Test("the graph names every stage in each of its forms", arguments: ["text", "mermaid", "dot"])
  func graph(form: String) throws {
    try withProgram { program in
      let result = try program.run("plan", Recipes.tiny, "--dag", form)
      #expect(result.status == 0)
      for stage in ["pretrain", "cold_start", "reasoning_rl", "rejection", "second_sft"] {
        #expect(result.output.contains(stage))
      }
    }
  }

  @Test("list gives every topic, and one entry with its fields")
  func list() throws {
    try withProgram { program in
      for topic in ["kinds", "models", "datasets", "rewards", "tasks", "architectures"] {
        #expect(try program.run("list", topic).status == 0)
        let entries = try program.run("list", topic, "--json").output
        let parsed = try JSONSerialization.jsonObject(with: Data(entries.utf8))
        #expect((parsed as? [[String: Any]])?.isEmpty == false)
      }
      #expect(try program.run("list", "kinds", "grpo").output.contains("num_generations"))
      let unknown = try program.run("list", "kinds", "ppo")
      #expect(unknown.status == 4)
      #expect(unknown.error.contains("there are pretrain, sft, grpo"))
    }
  }

  @Test("schema is a JSON Schema that knows every kind")
  func schema() throws {
    try withProgram { program in
      let schema = try program.run("schema").json
      #expect((schema["$schema"] as? String)?.contains("json-schema.org") == true)
      let definitions = schema["$defs"] as? [String: Any]
      #expect(definitions?["stage.rejection_sampling"] != nil)
    }
  }
}
