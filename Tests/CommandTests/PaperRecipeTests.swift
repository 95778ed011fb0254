import Foundation
import Testing

@Suite("Recipes at the papers' scale, and variants")
struct PaperRecipeTests {
  private static let paper = ["paper/deepseek-r1", "paper/deepseek-r1-zero", "paper/r1-distill"]

  /// The names of a recipe's variants, as its file has them.
  private func variants(_ name: String) throws -> [String] {
    let lines = try String(contentsOfFile: Recipes.shipped(name), encoding: .utf8)
      .split(separator: "\n", omittingEmptySubsequences: false)
    let section = lines.drop { $0 != "variants:" }.dropFirst().prefix {
      $0.isEmpty || $0.hasPrefix(" ") || $0.hasPrefix("#")
    }
    return section.filter { $0.hasPrefix("  ") && !$0.hasPrefix("   ") && !$0.hasPrefix("  #") }
      .compactMap { $0.split(separator: ":").first?.trimmingCharacters(in: .whitespaces) }
  }

  @Test("each is valid and can be planned in every variant", arguments: paper + ["r1-tiny"])
  func plans(_ name: String) throws {
    try withProgram { program in
      let recipe = Recipes.shipped(name)
      #expect(try program.run("validate", recipe).status == 0)
      let variants = try variants(name)
      #expect(!variants.isEmpty)
      for variant in [nil] + variants.map(Optional.some) {
        var arguments = ["plan", recipe, "--json"]
        if let variant { arguments += ["--variant", variant] }
        let result = try program.start(arguments).result()
        #expect(result.status == 0, "\(variant ?? name): \(result.error)")
        let steps = result.json["steps"] as? [[String: Any]] ?? []
        #expect(!steps.isEmpty)
        for step in steps {
          let estimate = step["estimate"] as? [String: Any]
          #expect(estimate?["work"] != nil, "\(variant ?? name): \(step["stage"] ?? "")")
        }
      }
    }
  }

  @Test("a mixture of experts is refused before anything runs, at its place in the recipe")
  func refuses() throws {
    try withProgram { program in
      let result = try program.run("run", Recipes.shipped("paper/deepseek-r1-zero"))
      #expect(result.status == 3)
      #expect(result.error.contains("deepseek-r1-zero.yaml:"))
      #expect(
        result.error.contains(
          "'base' is a mixture of experts, which can be planned but not trained"))
      #expect(!FileManager.default.fileExists(atPath: program.folder.appending(path: "runs").path))
      let dense = try program.run("run", Recipes.shipped("paper/r1-distill"))
      #expect(dense.status == 3)
      #expect(dense.error.contains("there is nothing at "), "assumptions are for plan alone")
    }
  }

  @Test("the figures of R1-Zero are those of the paper's settings")
  func zero() throws {
    try withProgram { program in
      let result = try program.run("plan", Recipes.shipped("paper/deepseek-r1-zero"), "--json")
      let steps = try #require(result.json["steps"] as? [[String: Any]])
      let estimate = try #require(steps[0]["estimate"] as? [String: Any])
      let work = try #require(estimate["work"] as? [String: Any])
      let completions = 10_400.0 * 512.0
      #expect(work["updates"] as? Double == 10_400)
      #expect(work["samples"] as? Double == completions)
      #expect(work["sampled_tokens"] as? Double == completions * 8000)
      let flops = try #require(work["flops"] as? Double)
      let parts = ["training_flops", "sampling_flops", "scoring_flops"].compactMap {
        work[$0] as? Double
      }
      #expect(abs(parts.reduce(0, +) - flops) < 1e-6 * flops)
      // The matrices alone: 2 for sampling, 2 for the reference and 6 for training a token.
      #expect(flops > 10 * 36.6e9 * 10_400 * 512 * 8000)
      // What the recipe assumes of its hardware, by hand.
      let seconds =
        (parts[0] + parts[2]) / (512 * 9.89e14 * 0.25)
        + parts[1] / (512 * 9.89e14 * 0.03)
      let stated = try #require(estimate["seconds"] as? Double)
      #expect(abs(stated - seconds) < 1e-6 * seconds)
      let reached = try program.run(
        "plan", Recipes.shipped("paper/deepseek-r1-zero"), "--json", "--flops", "1e18")
      let first = (reached.json["steps"] as? [[String: Any]])?.first?["estimate"] as? [String: Any]
      let other = try #require(first?["seconds"] as? Double)
      #expect(abs(other - flops / 1e18) < 1e-9 * other)
    }
  }

  @Test("the table has a line for each stage and says what it assumes; earlier runs give speeds")
  func table() throws {
    try withProgram { program in
      let assumed = try program.run("plan", Recipes.shipped("paper/r1-distill"), "--estimate")
      #expect(assumed.output.contains("times on 64 H800 at 30.0 % of 9.89e+14 FLOP/s"))
      #expect(assumed.output.contains("missing, and estimated from `assume`: datasets.aime.file"))
      let recipe = try program.write(
        "sums.yaml",
        """
        recipe: sums
        models: { base: { hidden_size: 16, num_hidden_layers: 1, num_attention_heads: 2 } }
        datasets: { sums: { task: arithmetic, size: 20, completion_template: "{answer}" } }
        stages:
          tune: { kind: sft, model: $base, data: $sums, max_steps: 4 }
        """)
      let before = try program.run("plan", recipe, "--estimate")
      #expect(before.output.contains("unknown: no run finished such a stage"))
      #expect(try program.run("run", recipe).status == 0)
      let after = try program.run("plan", recipe, "--estimate", "-S", "stages.tune.max_steps=8")
      #expect(after.output.contains("FLOP/s of tune in run sums"), "\(after.output)")
    }
  }
}
