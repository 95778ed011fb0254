import Foundation
import Testing

@Suite("Comparing runs") struct CompareCommandTests {
  /// Three variants and two seeds of a recipe that takes a second.
  private static let recipe = """
    recipe: pair
    models:
      base: { hidden_size: 16, num_hidden_layers: 1, num_attention_heads: 2 }
    datasets:
      sums: { task: arithmetic, size: 60, split: train, completion_template: "{answer}" }
      test: { task: arithmetic, size: 20, split: test }
    stages:
      first: { kind: pretrain, model: $base, data: $sums, max_steps: 2, batch_size: 4 }
      second: { kind: sft, model: $first, data: $sums, max_steps: 2, batch_size: 4 }
      evaluate: { kind: evaluate, model: $second, data: $test, max_completion_length: 4 }
    variants:
      fast: { stages.second.learning_rate: 0.01 }
      hot: { stages.evaluate.temperature: 1.0 }
      short: { stages.second.model: $base }
    compare: { metric: evaluate.pass@1, baseline: pair, seeds: [1, 2] }
    """

  @Test("variants over seeds: the common stage trained once, a table, a verdict, a condition")
  func compare() throws {
    try withProgram { program in
      let recipe = try program.write("pair.yaml", Self.recipe)
      let run = try program.run(
        "run", recipe, "--variant", "pair", "--variant", "fast", "--variant", "hot", "--seeds",
        "1,2")
      #expect(run.status == 0, "\(run.error)")
      let fast = try program.run("show", "pair-fast-1", "--json").json["stages"] as? [[String: Any]]
      #expect(fast?.first?["action"] as? String == "reuse")

      let table = try program.run("compare", "pair")
      #expect(table.status == 0, "\(table.error)")
      let lines = table.output.split(separator: "\n").map(String.init)
      #expect(lines[1].hasPrefix("pair "))
      #expect(
        lines[2].hasPrefix("fast ") && lines[2].contains("second.learning_rate 0.00002 -> 0.01"))
      #expect(lines[3].contains("not comparable"))
      #expect(table.output.contains("! hot: not comparable, since temperature 0 -> 1"))

      let json = try program.run("compare", "pair-1", "pair-fast-1", "--format", "json").json
      #expect(json["baseline"] as? String == "pair")
      #expect(json["metric"] as? String == "evaluate.pass@1")
      let loss = ["--metric", "second.loss", "--baseline", "fast"]
      let losses = try program.start(["compare", "pair", "--format", "csv"] + loss).result()
      #expect(losses.output.contains("pair,2,") && losses.status == 0, "\(losses.error)")
      #expect(
        try program.start(["compare", "pair", "--fail-if", "> 0"] + loss).result().status == 11)
      #expect(
        try program.start(["compare", "pair", "--fail-if", "loss < 0"] + loss).result().status == 0)
    }
  }

  @Test("diff names the setting, what follows from it, and what came out")
  func diff() throws {
    try withProgram { program in
      let recipe = try program.write("pair.yaml", Self.recipe)
      _ = try program.run("run", recipe, "--variant", "pair", "--variant", "fast")
      let diff = try program.run("diff", "pair-0", "pair-fast-0")
      #expect(diff.status == 0, "\(diff.error)")
      #expect(diff.output.contains("second:\n  learning_rate 0.00002 -> 0.01\n"))
      #expect(diff.output.contains("evaluate:\n  input model: upstream stage changed\n"))
      #expect(!diff.output.contains("first:"))
      _ = try program.run("run", recipe, "--variant", "short", "--name", "short")
      let short = try program.run("compare", "pair-0", "short", "--metric", "second.loss")
      #expect(short.output.contains("second.model $first.model -> $base"), "\(short.output)")
      #expect(
        try program.run("diff", "pair-0", "pair-0").output.hasSuffix(
          "the same keys in every stage\n"))
    }
  }

  @Test("a wrong metric, baseline or condition says what there is")
  func mistakes() throws {
    try withProgram { program in
      let recipe = try program.write("pair.yaml", Self.recipe)
      _ = try program.run("run", recipe, "--variant", "pair", "--variant", "fast")
      let alone = try program.run("compare", "pair-fast-0")
      #expect(alone.status == 4 && alone.error.contains("nothing to compare with"))
      let metric = try program.run("compare", "pair", "--metric", "pass")
      #expect(metric.status == 2 && metric.error.contains("STAGE.METRIC"))
      #expect(try program.run("compare", "pair", "--metric", "none.loss").status == 4)
      let baseline = try program.run("compare", "pair", "--baseline", "slow")
      #expect(baseline.status == 4 && baseline.error.contains("none of pair, fast"))
      #expect(try program.run("compare", "pair", "--fail-if", "worse").status == 2)
    }
  }
}
