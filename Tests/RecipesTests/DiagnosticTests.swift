import Recipes
import Testing

@Suite struct DiagnosticTests {
  @Test("a mistake is printed with its place, its line and a caret")
  func rendering() {
    let text = Fixture.recipe.replacing("kind: grpo", with: "kind: grop")
    #expect(
      Fixture.mistakes(text) == """
        recipes/x.yaml:12:11: error: unknown stage kind 'grop'; did you mean 'grpo'?
            kind: grop
                  ^
        """)
  }

  @Test("tabs before the column stay tabs above the caret")
  func tabs() {
    let location = Diagnostic.Location.file("a", line: 1, column: 4, source: "a:\tb")
    #expect(Diagnostic(at: location, "m").description == "a:1:4: error: m\na:\tb\n  \t^")
  }

  @Test("columns count scalars, and a byte order mark is none")
  func columns() {
    #expect(
      Fixture.messages("\u{FEFF}recipe: x\nstages: { größe: { kind: no } }\n").last
        == "2:26: unknown stage kind 'no'; known are sft, grpo, rejection_sampling, evaluate")
  }

  @Test("a flag's mistake names the flag")
  func flags() {
    #expect(
      Fixture.mistakes(Fixture.recipe, overrides: ["stages.zero.epsilon=2"])
        == "-S stages.zero.epsilon=2: error: 'epsilon' must be between 0 and 1, not 2")
  }

  @Test("mistakes come in the order of lines, flags last, each once")
  func order() {
    let text = """
      recipe: x
      sede: 3
      stages:
        b: { kind: sft, model: $c, data: $rows }
        a: { kind: sftt }
      datasets:
        rows: { size: 0, sise: 3 }
      """
    #expect(
      Fixture.messages(text, overrides: ["stages.a.b.c=1", "seed=x"]) == [
        "2:1: unknown key 'sede'; did you mean 'seed'?",
        "4:26: unknown reference '$c'",
        "5:14: unknown stage kind 'sftt'; did you mean 'sft'?",
        "7:17: 'size' must be between 1 and 1000000000 (rows), not 0",
        "7:20: unknown key 'sise' in a dataset; did you mean 'size'?",
        "-S seed=x: 'seed' takes an integer, not the string 'x'",
      ])
  }
}
