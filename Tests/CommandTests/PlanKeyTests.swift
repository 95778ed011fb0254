import Foundation
import Testing

@Suite("the keys that `regimen plan` gives")
struct PlanKeyTests {
  private static let recipe = """
    recipe: keys
    seed: 3
    models:
      base: { hidden_size: 16, num_hidden_layers: 1, num_attention_heads: 2 }
    datasets:
      rows: { file: rows.jsonl }
    stages:
      first: { kind: sft, model: $base, data: $rows, max_steps: 2 }
      second: { kind: sft, model: $first, data: $rows, max_steps: 2 }
    """
  private static let rows = #"{"prompt": "1+1=", "completion": "2"}"# + "\n"

  private func withRecipe(_ body: (Program) throws -> Void) throws {
    try withProgram { program in
      _ = try program.write("rows.jsonl", Self.rows)
      _ = try program.write("keys.yaml", Self.recipe)
      try body(program)
    }
  }

  private func keys(_ program: Program, _ arguments: String...) throws -> [String: String] {
    let result = try program.start(["plan", "--json"] + arguments).result()
    #expect(result.status == 0, "\(result.error)")
    let steps = result.json["steps"] as? [[String: Any]] ?? []
    #expect(steps.count == 2)
    return Dictionary(
      uniqueKeysWithValues: steps.compactMap { step in
        guard let name = step["stage"] as? String, let key = step["key"] as? String else {
          return nil
        }
        return (name, key)
      })
  }

  @Test("threads, folders, names, words and dates change none")
  func excluded() throws {
    try withRecipe { program in
      let plain = try keys(program, "keys.yaml")
      #expect(try keys(program, "keys.yaml", "--threads", "1") == plain)
      #expect(try keys(program, "keys.yaml", "--threads", "2") == plain)
      let words = Self.recipe.replacing("recipe: keys", with: "recipe: other\ndescription: words")
      #expect(try keys(program, program.write("other.yaml", words)) == plain)
      #expect(try keys(program, "keys.yaml", "-S", "log_to=tensorboard") == plain)
      // The same bytes under another name, of another date.
      let folder = program.folder.appending(path: "far")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try Data(Self.rows.utf8).write(to: folder.appending(path: "moved.jsonl"))
      #expect(try keys(program, "keys.yaml", "-S", "datasets.rows.file=far/moved.jsonl") == plain)
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSince1970: 1)],
        ofItemAtPath: program.folder.appending(path: "rows.jsonl").path)
      #expect(try keys(program, "keys.yaml") == plain)
      // Another workspace.
      #expect(try keys(program, "keys.yaml", "-C", "far") == plain)
    }
  }

  @Test("seed, precision, content and the names of stages change those that they reach")
  func included() throws {
    try withRecipe { program in
      let plain = try keys(program, "keys.yaml")
      func changed(_ new: [String: String]) -> Set<String> {
        Set(plain.keys.filter { new[$0] != plain[$0] })
      }
      #expect(changed(try keys(program, "keys.yaml", "--seeds", "4")) == ["first", "second"])
      #expect(changed(try keys(program, "keys.yaml", "-S", "seed=4")) == ["first", "second"])
      #expect(
        changed(try keys(program, "keys.yaml", "-S", "stages.second.learning_rate=1e-3"))
          == ["second"])
      #expect(
        changed(try keys(program, "keys.yaml", "-S", "stages.first.learning_rate=1e-3"))
          == ["first", "second"])
      // A name decides a seed.
      let renamed = try program.write(
        "renamed.yaml", Self.recipe.replacing("second:", with: "last:"))
      #expect(try keys(program, renamed)["last"] != plain["second"])
      #expect(try keys(program, renamed)["first"] == plain["first"])
      _ = try program.write("rows.jsonl", Self.rows + Self.rows)
      #expect(changed(try keys(program, "keys.yaml")) == ["first", "second"])
      _ = try program.write("rows.jsonl", Self.rows)
      #expect(try keys(program, "keys.yaml") == plain, "and back")
    }
  }

  @Test("precision counts as what it comes to on this machine")
  func precision() throws {
    try withRecipe { program in
      let plain = try keys(program, "keys.yaml")
      #expect(try keys(program, "keys.yaml", "-S", "precision=f32") == plain)
      let auto = try keys(program, "keys.yaml", "-S", "precision=auto")
      let narrow = try program.run("plan", "keys.yaml", "--json", "-S", "precision=bf16")
      if narrow.status == 0 {
        #expect(try keys(program, "keys.yaml", "-S", "precision=bf16") == auto)
        #expect(auto["first"] != plain["first"])
      } else {
        #expect(auto == plain)
      }
    }
  }
}
