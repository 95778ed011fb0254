import Foundation
import Testing

@Suite("Shipped recipes")
struct ShippedRecipeTests {
  @Test("those that need no files validate", arguments: ["tiny", "r1-tiny", "r1", "grm"])
  func complete(name: String) throws {
    try withProgram { program in
      let result = try program.run(["validate", Recipes.shipped(name)])
      #expect(result.status == 0, "\(result.error)")
    }
  }

  @Test("the real model's recipe validates with its files, and names what is missing without them")
  func realModel() throws {
    try withProgram { program in
      let recipe = Recipes.shipped("r1-smollm2")
      let rows = program.folder.appending(path: "rows.jsonl").path
      try Data("{}\n".utf8).write(to: URL(fileURLWithPath: rows))
      let datasets = ["problems", "heldout", "preferences", "manners", "requests"]
      let files = datasets.flatMap { ["-S", "datasets.\($0).file=\(rows)"] }
      let model = ["-S", "models.base.path=\(rows)"]
      let result = try program.run(["validate", recipe] + files + model)
      #expect(result.status == 0, "\(result.error)")
      let missing = try program.run(
        ["plan", recipe, "-S", "datasets.problems.file=/nowhere/rows.jsonl"] + model)
      #expect(missing.status == 3 && missing.error.contains("/nowhere/rows.jsonl"))
    }
  }

  @Test("a generative reward model learns its form and judges", .timeLimit(.minutes(2)))
  func judge() throws {
    let small = [
      "datasets.talk.size=100", "stages.pretrain.max_steps=3", "stages.pretrain.batch_size=2",
      "stages.verdicts.keep=all", "stages.verdicts.keep_truncated=true",
      "stages.verdicts.max_accuracy=1", "stages.verdicts.max_prompts=20",
      "stages.rft.num_train_epochs=1", "stages.grm.max_steps=1", "stages.scalar.max_steps=1",
      "precision=f32",
    ].flatMap { ["-S", $0] }
    try withProgram { program in
      let run = try program.run(["run", Recipes.shipped("grm")] + small)
      #expect(run.status == 0, "\(run.error)")
      let metrics = try program.metrics(of: "@last")
      #expect(metrics.contains { $0.contains("eval_grm") && $0.contains("maj@8") })
      #expect(metrics.contains { $0.contains("scalar") && $0.contains("eval_accuracy") })
    }
  }
}
