import Foundation
import Recipes
import Testing
import Workflow

@testable import Stages

/// The keys of all stages of the shipped recipes, on a machine that is written down: what was trained with
/// an earlier program is used by a later one. Tests/Fixtures/keys.txt changes only with a reason; with
/// REGIMEN_WRITE_KEYS=1 it is written anew.
@Suite("Keys of shipped recipes") struct GoldenKeyTests {
  private static let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent()

  private static let recipes = [
    "tiny", "r1-tiny", "r1", "grm", "r1-smollm2", "paper/deepseek-r1-zero", "paper/deepseek-r1",
    "paper/r1-distill",
  ]

  /// "r1-tiny pretrain 3f2a...": the files that a recipe names count by their names.
  private static func lines(_ name: String) throws -> [String] {
    let path = tests.deletingLastPathComponent().appending(path: "recipes/\(name).yaml").path
    let catalog = builtInStages.recipes
    let recipe = try RecipeFile(
      text: String(contentsOfFile: path, encoding: .utf8), file: path
    ).recipe(overrides: [], catalog: catalog)
    let files = recipe.contentFiles(catalog: catalog).map {
      ($0.path, "digest of \(URL(fileURLWithPath: $0.path).lastPathComponent)")
    }
    let keys = recipe.keys(
      catalog: catalog, files: Dictionary(files) { $1 },
      numerics: ["cpu_level": "avx2", "library_version": "2.6.3", "precision": "f32"])
    return recipe.stages.map { "\(name) \($0.name) \(keys[$0.name]?.digest ?? "none")" }
  }

  @Test("are those that they were")
  func unchanged() throws {
    let fixture = Self.tests.appending(path: "Fixtures/keys.txt")
    let found = try Self.recipes.flatMap(Self.lines)
    if ProcessInfo.processInfo.environment["REGIMEN_WRITE_KEYS"] == "1" {
      try Data((found.joined(separator: "\n") + "\n").utf8).write(to: fixture)
    }
    let expected = try String(contentsOf: fixture, encoding: .utf8).split(separator: "\n")
      .map(String.init)
    #expect(found.count > 80)
    for (new, old) in zip(found, expected) { #expect(new == old) }
    #expect(found.count == expected.count)
  }
}
