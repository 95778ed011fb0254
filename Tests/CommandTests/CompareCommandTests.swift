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
      #expect(lines[2].hasPrefix("fast ") && lines.allSatisfy { $0.count <= 100 })
      #expect(table.output.contains("\nfast differs in second.learning_rate 0.00002 -> 0.01\n"))
      #expect(table.output.contains("\npair: runs pair-1 (seed 1), pair-2 (seed 2)\n"))
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

  @Test("--fail-if asks for the mean, and says so, or for the verdict; the metric must be the one")
  func failIf() throws {
    try withProgram { program in
      let recipe = try program.write("pair.yaml", Self.recipe)
      _ = try program.run("run", recipe, "--variant", "pair", "--variant", "fast")
      func fail(_ condition: String, _ metric: String = "second.loss") throws -> Program.Result {
        try program.run(
          "compare", "pair", "--metric", metric, "--fail-if", condition, "--baseline", "pair")
      }
      // One seed of a metric without items gives no difference.
      let loss = try fail("< 1")
      #expect(
        loss.status == 0 && loss.error.contains("fast has no difference to check"))
      let mean = try fail("pass@1 > -1", "evaluate.pass@1")
      #expect(mean.status == 11)
      #expect(mean.error.contains("whatever its verdict (not resolved); --fail-if worse"))
      #expect(try fail("worse", "evaluate.pass@1").status == 0)
      #expect(try fail("evaluate.pass@1 worse", "evaluate.pass@1").status == 0)
      #expect(try fail("kl worse").status == 2)
      let undirected = try fail("worse", "second.grad_norm")
      #expect(undirected.status == 2 && undirected.error.contains("neither better nor worse"))
      // A model that was trained is no worse than itself untrained: the other way round it is.
      _ = try program.run(
        "run", recipe, "--variant", "pair", "--seeds", "1,2,3", "-S",
        "stages.second.learning_rate=0.05", "-S", "stages.second.max_steps=40", "--name", "long")
      _ = try program.run("run", recipe, "--variant", "pair", "--seeds", "1,2,3")
      let worse = try program.run(
        "compare", "pair", "--metric", "second.loss", "--baseline", "long-1", "--fail-if",
        "worse")
      let verdict = try program.run("compare", "pair", "--metric", "second.loss").output
      #expect(worse.status == 11 && worse.error.contains("is worse than"), "\(verdict)")
    }
  }

  @Test("runs under one name that differ in more than the seed are sides of their own")
  func trials() throws {
    try withProgram { program in
      let recipe = try program.write("pair.yaml", Self.recipe)
      let plain = ["run", recipe, "--variant", "pair", "--variant", "fast", "--seeds", "1,2"]
      #expect(try program.run(plain).status == 0)
      func sides() throws -> [String: [String: String]] {
        let json = try program.run("compare", "pair", "--json").json
        let variants = try #require(json["variants"] as? [[String: Any]])
        return Dictionary(
          uniqueKeysWithValues: try variants.map { side in
            let seeds = try #require(side["seeds"] as? [[String: Any]])
            let runs = seeds.map { ("\($0["seed"] ?? "")", $0["run"] as? String ?? "") }
            return (
              try #require(side["variant"] as? String), Dictionary(uniqueKeysWithValues: runs)
            )
          })
      }
      let before = try sides()
      #expect(Set(before.keys) == ["pair", "fast"])

      // The same again, with another setting of the evaluation only, and with one of training.
      let trial = ["run", recipe, "--variant", "pair", "--seeds", "2"]
      #expect(try program.run(trial + ["-S", "stages.second.learning_rate=0.02"]).status == 0)
      let after = try sides()
      #expect(after["pair"] == before["pair"] && after["fast"] == before["fast"])
      #expect(after["pair (second.learning_rate 0.02)"]?.keys.sorted() == ["2"])
      let table = try program.run("compare", "pair")
      #expect(
        table.output.contains(
          "! pair (seed 2) is a separate side, apart from the other runs called pair: "
            + "second.learning_rate 0.00002 -> 0.02"), "\(table.output)")

      // An edited recipe, of which one seed was run.
      _ = try program.write(
        "pair.yaml",
        Self.recipe.replacing(
          "second: { kind: sft, model: $first, data: $sums, max_steps: 2",
          with: "second: { kind: sft, model: $first, data: $sums, max_steps: 3"))
      #expect(try program.run("run", recipe, "--variant", "pair", "--seeds", "1").status == 0)
      let edited = try sides()
      #expect(edited["pair"] == before["pair"])
      #expect(edited["pair (second.max_steps 3)"]?.keys.sorted() == ["1"])

      // The same recipe again: the newest run counts, since its results are the same.
      #expect(try program.run(trial + ["-S", "stages.second.max_steps=2"]).status == 0)
      let again = try sides()
      #expect(
        again["pair"]?.keys.sorted() == ["1", "2"] && again["pair"]?["2"] != before["pair"]?["2"])
      #expect(again["pair"]?["1"] == before["pair"]?["1"])
    }
  }

  /// A policy judged by a reward model, and evaluations against an opponent and without one.
  private static let judged = """
    recipe: judged
    models:
      base: { hidden_size: 16, num_hidden_layers: 1, num_attention_heads: 2 }
    datasets:
      sums:
        { task: arithmetic, size: 40, completion_template: "{answer}", rejected_template: "{answer} no" }
      test: { task: arithmetic, size: 8, split: test }
      other: { task: arithmetic, size: 9, split: test }
    stages:
      rival: { kind: sft, model: $base, data: $sums, max_steps: 2, batch_size: 2 }
      rm: { kind: reward_model, model: $base, data: $sums, max_steps: 2, batch_size: 2 }
      rl:
        { kind: grpo, model: $base, data: $sums, max_steps: 2, prompts_per_step: 2,
          num_generations: 2, max_completion_length: 3, reward_funcs: [accuracy, format, { reward_model: rm }],
          reward_model: $rm }
      duel:
        { kind: evaluate, model: $rl, data: $test, max_completion_length: 3, opponent: $rival,
          judge: { reward_model: rm }, reward_model: $rm }
      plain: { kind: evaluate, model: $rl, data: $test, max_completion_length: 3 }
    variants:
      fast: { stages.rl.learning_rate: 0.01 }
      rival: { stages.rival.max_steps: 3 }
      judge: { stages.rm.max_steps: 3 }
      rows: { stages.plain.data: $other, stages.rl.data: $other }
      rewards: { stages.rl.reward_funcs: [accuracy, { reward_model: rm }] }
      long: { stages.rl.max_completion_length: 4 }
    """

  @Test("a metric is compared only where nothing differs that defines it")
  func comparability() throws {
    try withProgram { program in
      let recipe = try program.write("judged.yaml", Self.judged)
      let variants = ["fast", "rival", "judge", "rows", "rewards", "long"]
      let run = try program.run(
        ["run", recipe] + (["judged"] + variants).flatMap { ["--variant", $0] })
      #expect(run.status == 0, "\(run.error)")
      let expected: [(metric: String, incomparable: [String: String])] = [
        (
          "duel.win_rate",
          [
            "rival": "input opponent: upstream stage changed (rival: max_steps 2 -> 3)",
            "judge": "input reward_model: upstream stage changed (rm: max_steps 2 -> 3)",
          ]
        ),
        (
          "duel.pass@1",
          [
            "rival": "input opponent: upstream stage changed (rival: max_steps 2 -> 3)",
            "judge": "input reward_model: upstream stage changed (rm: max_steps 2 -> 3)",
          ]
        ),
        ("plain.pass@1", ["rows": "data $test -> $other"]),
        (
          "rl.reward",
          [
            "judge": "input reward_model: upstream stage changed (rm: max_steps 2 -> 3)",
            "rows": "data $sums -> $other",
            "rewards": #"reward_funcs ["accuracy","format",{"reward_model"#,
          ]
        ),
        ("rl.rewards/accuracy/mean", ["rows": "data $sums -> $other"]),
        (
          "rl.rewards/rm/mean",
          [
            "judge": "input reward_model: upstream stage changed (rm: max_steps 2 -> 3)",
            "rows": "data $sums -> $other",
          ]
        ),
        (
          "rl.completions/mean_length",
          ["rows": "data $sums -> $other", "long": "max_completion_length 3 -> 4"]
        ),
        ("rl.step_time", [:]),
      ]
      for (metric, incomparable) in expected {
        let json = try program.run(
          "compare", "judged", "--baseline", "judged", "--metric", metric, "--json"
        ).json
        let sides = try #require(json["variants"] as? [[String: Any]])
        #expect(sides.count == 7)
        for side in sides.dropFirst() {
          let name = try #require(side["variant"] as? String)
          let reasons = side["not_comparable_since"] as? [String] ?? []
          #expect(reasons.count == (incomparable[name] == nil ? 0 : 1), "\(metric) of \(name)")
          #expect(reasons.first?.hasPrefix(incomparable[name] ?? "") ?? true, "\(reasons)")
          #expect(
            (side["verdict"] as? String == "not comparable") == (incomparable[name] != nil),
            "\(metric) of \(name)")
        }
      }
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
      let stage = try program.run("compare", "pair", "--metric", "evalute.pass@1")
      #expect(stage.status == 4 && stage.error.contains("did you mean 'evaluate'?"))
      let unknown = try program.run("compare", "pair", "--metric", "evaluate.pas@1")
      #expect(unknown.status == 4 && unknown.error.contains("did you mean pass@1"))
      let title = try program.run("compare", "pair", "--metric", "evaluate.format")
      #expect(title.status == 4 && title.error.contains("rewards/format/mean"))
      let absent = try program.run("compare", "pair", "--metric", "evaluate.maj@4")
      #expect(absent.status == 4 && absent.error.contains("no run has recorded evaluate.maj@4"))
      let baseline = try program.run("compare", "pair", "--baseline", "slow")
      #expect(baseline.status == 4 && baseline.error.contains("is not one of pair, fast"))
      #expect(try program.run("compare", "pair", "--fail-if", "wrse").status == 2)
    }
  }
}
