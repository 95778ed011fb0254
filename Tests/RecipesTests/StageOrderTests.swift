import Recipes
import Testing

@Suite struct StageOrderTests {
  private static func text(_ stages: [(String, String)]) -> String {
    "recipe: x\nmodels: { base: {} }\ndatasets: { rows: {} }\nstages:\n"
      + stages.map { "  \($0): { kind: sft, model: $\($1), data: $rows }\n" }.joined()
  }

  @Test("stages keep the file's order wherever their inputs allow it")
  func order() throws {
    let recipe = try Fixture.load(
      Self.text([("d", "b"), ("c", "base"), ("b", "a"), ("a", "base"), ("e", "c")]))
    #expect(recipe.stages.map(\.name) == ["c", "a", "b", "d", "e"])
  }

  @Test("a circle is reported once, with the chain, where the first stage closes it")
  func circle() {
    #expect(
      Fixture.messages(
        Self.text([("late", "b"), ("a", "c"), ("b", "a"), ("c", "b"), ("fine", "base")])) == [
          "6:26: stages form a cycle: a needs c needs b needs a"
        ])
  }

  @Test("every circle is reported")
  func circles() {
    #expect(
      Fixture.messages(Self.text([("a", "b"), ("b", "a"), ("c", "c"), ("d", "e"), ("e", "d")])) == [
        "5:26: stages form a cycle: a needs b needs a", "7:26: stage 'c' needs itself",
        "8:26: stages form a cycle: d needs e needs d",
      ])
  }
}
