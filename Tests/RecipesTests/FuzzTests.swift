import Recipes
import Testing

@Suite struct FuzzTests {
  /// Everything a person can do with a text: none of it may trap, and what loads must be whole.
  private func exercise(_ text: String, _ overrides: [String] = []) {
    do {
      let check = try Fixture.file(text).check(overrides: overrides, catalog: Fixture.catalog)
      for recipe in check.recipes {
        _ = recipe.keys(catalog: Fixture.catalog, files: [:], numerics: [:])
        #expect((try? Recipe(json: recipe.json, catalog: Fixture.catalog)) == recipe)
        let order = recipe.stages.map(\.name)
        #expect(Set(order).count == order.count)
      }
    } catch {
      #expect(!error.diagnostics.isEmpty)
      #expect(error.description.contains(": error: "))
    }
  }

  @Test("random edits of a recipe never trap")
  func edits() {
    var generator = SplitMix(state: 5)
    let pieces = [
      "{", "}", "[", "]", ":", ": ", "- ", "\n", "  ", "\t", "$", "&a ", "*a", "<<: *a", "!t ", "|",
      ">",
      "'", "\"", "#", "null", "1e999", "-1", "\u{0}", "é", "\u{E000}", "? ", "---\n", "...\n", ",",
      "%",
      "\r", "\u{2028}", "variants", "stages", "kind", "base", "model", "data", "0x", "~", "@", "`",
    ]
    for _ in 0..<600 {
      var text = Array(Fixture.recipe)
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        let start = Int.random(in: 0...text.count, using: &generator)
        let end = min(text.count, start + Int.random(in: 0...8, using: &generator))
        let piece = pieces[Int.random(in: pieces.indices, using: &generator)]
        switch Int.random(in: 0...3, using: &generator) {
        case 0: text.replaceSubrange(start..<end, with: piece)
        case 1: text.insert(contentsOf: piece, at: start)
        case 2: text.removeSubrange(start..<end)
        default:
          text.insert(
            contentsOf: text[start..<end], at: Int.random(in: 0...text.count, using: &generator))
        }
      }
      exercise(String(text))
    }
  }

  @Test("swapped and repeated lines never trap")
  func lines() {
    var generator = SplitMix(state: 6)
    let lines = Fixture.recipe.split(separator: "\n").map(String.init)
    for _ in 0..<150 {
      var text = lines
      text.swapAt(
        Int.random(in: text.indices, using: &generator),
        Int.random(in: text.indices, using: &generator))
      text.insert(
        lines[Int.random(in: lines.indices, using: &generator)],
        at: Int.random(in: text.indices, using: &generator))
      exercise(text.joined(separator: "\n"))
    }
  }

  @Test("random flags never trap")
  func flags() {
    var generator = SplitMix(state: 7)
    let words = [
      "stages", "models", "zero", "data", "0", "1", "kind", "model", "", "epsilon", "compare",
      "fields", "rows", "variants", "seed", "reward_funcs", "x",
    ]
    for _ in 0..<400 {
      let path = (0..<Int.random(in: 0...4, using: &generator)).map { _ in
        words[Int.random(in: words.indices, using: &generator)]
      }.joined(separator: ".")
      let values = ["null", "3", "[]", "{}", "$zero", "[1", "{ a: 1, a: 2 }", generator.text()]
      exercise(
        Fixture.recipe,
        [path + "=" + values[Int.random(in: values.indices, using: &generator)], "seed=1"])
    }
  }

  @Test("documents that nest or grow without end are refused")
  func bombs() {
    let levels = (1...40).map { "a\($0): &a\($0) [*a\($0 - 1), *a\($0 - 1)]\n" }.joined()
    #expect(
      Fixture.messages("a0: &a0 [x]\n" + levels).contains { $0.hasSuffix("too large from here") })
    for text in ["[", "{", "[a, ", "{a: ", "- ", "? "] {
      let deep = "recipe: " + (text == "- " || text == "? " ? "\n" : "")
      #expect(!Fixture.messages(deep + String(repeating: text, count: 100_000)).isEmpty)
      #expect(!Fixture.messages(deep + String(repeating: text, count: 1990)).isEmpty)
    }
    let closed = String(repeating: "[", count: 900) + String(repeating: "]", count: 900)
    #expect(
      Fixture.messages("recipe: " + closed).contains { $0.hasSuffix("too large from here") })
  }
}
