import Foundation
import Testing

@Suite("recipes/r1.yaml")
struct ScaleModelTests {
  private static var recipe: String { Recipes.tiny.replacing("tiny.yaml", with: "r1.yaml") }

  private static let small = [
    "datasets.blurted.size=400", "datasets.untagged.size=400", "datasets.worked.size=400",
    "datasets.talk.size=2000", "datasets.problems.size=400", "stages.pretrain.max_steps=1",
    "stages.pretrain.batch_size=1", "stages.zero.max_steps=1", "stages.zero.num_generations=2",
    "precision=f32",
  ].flatMap { ["-S", $0] }

  @Test("the model's alphabet has every character of its world", .timeLimit(.minutes(2)))
  func alphabet() throws {
    try withProgram { program in
      let run = try program.run(["run", Self.recipe, "--until", "zero"] + Self.small)
      #expect(run.status == 0, "\(run.error)")
      let rows = try program.metrics(of: "@last").filter { $0.contains("contaminated") }
      #expect(!rows.isEmpty, "the corpus was screened")
    }
  }

  @Test("with every variant the whole graph plans")
  func variants() throws {
    try withProgram { program in
      let schema = try String(contentsOfFile: Self.recipe, encoding: .utf8)
      let names = try #require(schema.firstRange(of: "variants:")).upperBound
      let variants = schema[names...].matches(of: /\n  ([a-z_]+):/).map { String($0.1) }
      #expect(variants.count >= 6)
      for variant in variants {
        let plan = try program.run(["plan", Self.recipe, "--variant", variant, "--json"])
        #expect(plan.status == 0, "\(variant): \(plan.error)")
        #expect((plan.json["steps"] as? [[String: Any]])?.count == 25)
      }
    }
  }
}
