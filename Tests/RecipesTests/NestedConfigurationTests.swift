import Settings
import Testing

@testable import Recipes

/// A stage kind with a list of records, of which a bare word means the name.
private struct Entry: NestedConfiguration, Equatable {
  var name: String?
  var command: [CommandWord]?
  var weight = 1.0
  var types: [String]?

  static let shorthand: String? = "name"
  static let fields: [Field<Self>] = [
    Field("name", \.name, "A name."), Field("command", \.command, "A program."),
    Field("weight", \.weight, range: 0...10, unit: "shares", "A weight."),
    Field("types", \.types, "Types."),
  ]
}

private struct Outer: Configuration {
  var entries: [Entry] = []

  static let fields: [Field<Self>] = [Field("entries", \.entries, "Entries.")]

  var problems: [ConfigProblem] {
    entries.indices.filter { entries[$0].weight == 0 }.map {
      ConfigProblem("entries[\($0)].weight", "counts for nothing")
    }
      + entries.indices.filter { entries[$0].name == "gone" }.map {
        ConfigProblem("entries[\($0)].types", "are missing")
      }
  }
}

@Suite("Records in fields")
struct NestedConfigurationTests {
  private static let catalog = RecipeCatalog(
    kinds: [
      KindDescription(
        name: "try", revision: 1, summary: "Tries.", fields: Outer.fields.map(\.description),
        inputs: [
          InputPort(
            "data", .dataset, required: false, multiple: true, scheduled: true, "Rows."),
          InputPort("more", .dataset, required: false, multiple: true, "Rows."),
        ], outputs: [], problems: { Outer(values: $0).problems })
    ],
    model: SourceDescription(Outer.self), dataset: SourceDescription(Outer.self))

  private func load(_ entries: String) throws -> Recipe {
    try load(stage: "entries: \(entries)")
  }

  private func load(stage: String) throws -> Recipe {
    try RecipeFile(
      text: "recipe: r\ndatasets:\n  rows: {}\nstages:\n  a:\n    kind: try\n    \(stage)\n",
      file: "recipes/x.yaml", currentDirectory: "/proj"
    ).recipe(variant: nil, overrides: [], catalog: Self.catalog)
  }

  private func mistakes(stage: String) -> [String] {
    do {
      _ = try load(stage: stage)
      return []
    } catch let error as RecipeError {
      return error.diagnostics.map { diagnostic in
        guard case .file(_, let line, let column, _) = diagnostic.location else { return "" }
        return "\(line):\(column): \(diagnostic.message)"
      }
    } catch {
      return ["\(error)"]
    }
  }

  @Test("a bare word, a map and a command are read, and kept without their defaults")
  func values() throws {
    let recipe = try load(
      "[accuracy, { name: format, weight: 1 }, { name: length, weight: 0.5, types: [a] }, "
        + "{ command: [python3, ./judge.py, 5, /bin/x] }]")
    #expect(
      recipe.stages[0].values["entries"]
        == [
          "accuracy", "format", ["name": "length", "weight": 0.5, "types": ["a"]],
          ["command": ["python3", "/proj/recipes/judge.py", "5", "/bin/x"]],
        ])
    let entries = Outer(values: recipe.stages[0].values).entries
    #expect(entries[0] == Entry(name: "accuracy") && entries[1] == Entry(name: "format"))
    #expect(entries[2] == Entry(name: "length", weight: 0.5, types: ["a"]))
    #expect(entries[3].command?.map(\.isPath) == [false, true, false, true])
    #expect(try Recipe(json: recipe.json, catalog: Self.catalog) == recipe)
    let again = try RecipeFile(text: recipe.yaml, file: "x.yaml", currentDirectory: "/").recipe(
      variant: nil, overrides: [], catalog: Self.catalog)
    #expect(again.stages == recipe.stages)
  }

  @Test(
    "mistakes in a record stand where they are",
    arguments: [
      (
        "entries: [accuracy, { nmae: a }]",
        "7:27: unknown key 'nmae' in 'entries[1]'; did you mean 'name'?"
      ),
      ("entries: [3]", "7:15: 'entries[0]' takes a string, not 3; put it in quotes"),
      ("entries: [[a]]", "7:15: 'entries[0]' takes a string or a map, not a list"),
      (
        "entries: [{ name: a, weight: 11 }]",
        "7:34: 'entries[0].weight' must be between 0 and 10 (shares), not 11"
      ),
      ("entries: [a, { name: b, weight: 0 }]", "7:37: 'entries[1].weight': counts for nothing"),
      ("entries: [{ name: gone }]", "7:15: 'entries[0].types': are missing"),
      (
        "data: [{ from: $rows, from_step: 0 }]",
        "7:38: 'from_step' must be between 1 and 1000000000 (updates), not 0"
      ),
      (
        "data: [{ from: $rows, from_step: 4, until_step: 3 }]",
        "7:53: 'until_step': is before from_step (4)"
      ),
      (
        "more: [{ from: $rows, from_step: 4 }]",
        "7:27: unknown key 'from_step' in a weighted reference"
      ),
    ])
  func refused(stage: String, message: String) {
    #expect(mistakes(stage: stage) == [message])
  }

  @Test("a key holds the digests of a command's files and the steps of a reference")
  func keys() throws {
    func key(_ stage: String, _ digest: String = "d1") throws -> String {
      let recipe = try load(stage: stage)
      let files = recipe.contentFiles(catalog: Self.catalog).map(\.path)
      let digests = Dictionary(files.map { ($0, digest) }) { $1 }
      return try #require(
        recipe.keys(catalog: Self.catalog, files: digests, numerics: [:])["a"]
      ).json
    }
    let command = "entries: [{ command: [python3, ./judge.py] }]"
    #expect(try key(command).contains(#"["python3",{"columns":"json","digest":"d1"}]"#))
    #expect(try key(command) != key(command, "d2"))
    #expect(try key("entries: [a]") == key("entries: [{ name: a, weight: 1 }]"))
    #expect(try key("data: $rows") == key("data: [{ from: $rows, from_step: 1 }]"))
    let windowed = "data: [{ from: $rows, from_step: 3, until_step: 9 }]"
    #expect(try key(windowed).contains(#""from_step":3"#))
    #expect(try key(windowed) != key("data: $rows"))
    let recipe = try load(stage: windowed)
    #expect(recipe.stages[0].inputs["data"]?[0].window == StepWindow(from: 3, until: 9))
    #expect(try Recipe(json: recipe.json, catalog: Self.catalog) == recipe)
    #expect(recipe.yaml.contains("{ from: $rows, from_step: 3, until_step: 9 }"))
  }

  @Test("the schema and the reference list a record's keys")
  func reference() {
    let text = Self.catalog.jsonSchema.canonicalJSON
    #expect(text.contains(#""anyOf":[{"type":"string"},{"additionalProperties":false"#))
    #expect(
      FieldTable.rows(Outer.fields.map(\.description)).map { $0[0] }
        == [
          "`entries`", "`entries[].name`", "`entries[].command`", "`entries[].weight`",
          "`entries[].types`",
        ])
  }

  @Test("windows of steps contain and overlap")
  func windows() {
    let window = StepWindow(from: 3, until: 5)
    #expect([2, 3, 5, 6].map(window.contains) == [false, true, true, false])
    #expect(window.overlaps(StepWindow(from: 5)) && !window.overlaps(StepWindow(from: 6)))
    #expect(window.overlaps(.always) && !window.overlaps(StepWindow(until: 2)))
  }
}
