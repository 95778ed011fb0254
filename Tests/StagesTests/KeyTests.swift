import Foundation
import JSON
import Recipes
import Settings
import TestSupport
import Testing
import Workflow

@testable import Stages

/// Every field of the catalogue, one after another: what changes a stage's bits changes its key and
/// those of all that follow, and nothing else does.
@Suite struct KeyTests {
  /// The settings that change no bit. A field that is added counts unless it is named here.
  static let excluded: Set<String> = [
    "logging_steps", "generation_batch_size", "gradient_checkpointing", "timeout", "warn_if",
    "stop_if", "promote_if", "instructions",
    // They say what becomes of a divergence; the tests below hold them to that.
    "on_divergence", "max_rollbacks", "rollback_steps", "rollback_lr_factor",
  ]

  /// What must be said as well before a field can be changed: values of the same owner's fields, or
  /// the whole owner.
  static let needs: [String: [String]] = [
    "file": ["={ file: /d/a.jsonl }"], "fields": ["={ file: /d/a.jsonl }"],
    "format": ["={ file: /d/a.jsonl }"], "test_fraction": ["={ file: /d/a.jsonl }"],
    "on_bad_line": ["={ file: /d/a.jsonl }"], "path": ["={ path: /d/a.gguf }"],
    "task": ["={ task: arithmetic, size: 16 }"], "adapter": ["={ path: /d/a.gguf }"],
    "normalize_advantages": [".advantage_estimator=rloo"],
    "verdict_template": [".judging_template=grm"],
  ]
  /// Values that cannot be guessed from the type; after ` & ` what must change with them.
  static let values: [String: [String]] = [
    "verifier": ["boxed"], "task": ["countdown"], "file": ["/d/b.jsonl"], "path": ["/d/b.gguf"],
    "tokenizer": ["bytes"], "adapter": ["/d/adapter"],
    "schedule": ["[{ at_step: 2, learning_rate: 0.001 }]"],
    "reward_weights": ["[1, 0.5]"], "reward_funcs": ["[accuracy]", "[accuracy, format]"],
    "kl_in_reward": ["true & kl_estimator=k1"],
    "judge": ["{ template: reference }"], "judging_template": ["grm"],
    "verdict_template": ["'[[{answer}]]'"],
    "loss_type": ["pointwise & center_rewards_coefficient=null"],
  ]

  private static var text: String {
    get throws {
      // tiny.yaml lacks the one kind that waits for a person.
      try String(contentsOfFile: path, encoding: .utf8)
        + "\n  reviewed: { kind: human_review, data: $traces }\n"
    }
  }

  private static let path = Repository.root.appending(path: "recipes/tiny.yaml").path

  private func recipe(_ overrides: [String] = []) throws -> Recipe {
    try RecipeFile(text: Self.text, file: Self.path)
      .recipe(overrides: overrides, catalog: builtInStages.recipes)
  }

  private func keys(_ recipe: Recipe) -> [String: String] {
    let catalog = builtInStages.recipes
    let files = recipe.contentFiles(catalog: catalog).map { ($0.path, "digest of \($0.path)") }
    return recipe.keys(
      catalog: catalog, files: Dictionary(files) { $1 },
      numerics: ["cpu": "avx2", "precision": "f32"]
    ).mapValues(\.digest)
  }

  /// The stages whose keys differ.
  private func changed(_ old: Recipe, _ new: Recipe) -> Set<String> {
    let (old, new) = (keys(old), keys(new))
    return Set(old.keys.filter { old[$0] != new[$0] })
  }

  /// Stages, and all that takes something from them.
  private func downstream(_ recipe: Recipe, of first: Set<String>) -> Set<String> {
    var found = first
    for stage in recipe.stages {
      for case .stage(let name, _) in stage.inputs.values.joined().map(\.origin)
      where found.contains(name) { found.insert(stage.name) }
    }
    return found
  }

  /// The recipe, and the recipe with another value of a field: the first of the candidates that it may
  /// hold and that differs from what it holds.
  private func pair(
    _ field: FieldDescription, of owner: String, values: (Recipe) -> ConfigValue?
  ) throws -> (old: Recipe, new: Recipe)? {
    let base = (Self.needs[field.name] ?? []).map { "\(owner)\($0)" }
    let old = try recipe(base)
    for word in (Self.values[field.name] ?? []) + field.type.candidates(field.defaultValue) {
      let settings = "\(field.name)=\(word)".split(separator: " & ").map { "\(owner).\($0)" }
      let new = try? recipe(base + settings)
      if let new, values(new) != values(old) { return (old, new) }
    }
    Issue.record("no other value of \(owner).\(field.name) was found: add one to `values`")
    return nil
  }

  @Test("each setting of each kind", arguments: builtInStages.recipes.kinds.map(\.name))
  func settings(kind: String) throws {
    let plain = try recipe()
    let stage = try #require(plain.stages.first { $0.kind == kind })
    for field in try #require(builtInStages.recipes.kind(kind)).fields {
      let pair = try pair(field, of: "stages.\(stage.name)") { recipe in
        recipe.stages.first { $0.name == stage.name }?.values[field.name]
      }
      guard let (old, new) = pair else { continue }
      let expected =
        Self.excluded.contains(field.name) ? [] : downstream(plain, of: [stage.name])
      #expect(changed(old, new) == expected, "\(kind).\(field.name)")
    }
  }

  @Test(
    "each setting of a model and of a dataset", arguments: ["models.base", "datasets.problems"])
  func sources(owner: String) throws {
    let plain = try recipe()
    let name = String(owner.split(separator: ".")[1])
    let isModel = owner.hasPrefix("models")
    let users = plain.stages.filter { stage in
      stage.inputs.values.joined().contains { $0.origin == .source(name) }
    }
    let catalog = builtInStages.recipes
    for field in (isModel ? catalog.model : catalog.dataset).fields {
      let pair = try pair(field, of: owner) { recipe in
        (isModel ? recipe.models : recipe.datasets)[name]?.values[field.name]
      }
      guard let (old, new) = pair else { continue }
      #expect(
        changed(old, new) == downstream(plain, of: Set(users.map(\.name))),
        "\(owner).\(field.name)")
    }
  }

  @Test("what every stage takes: only what a divergence changes counts, and only then")
  func policies() throws {
    for change in [
      "timeout=60", "warn_if=[loss > 1]", "stop_if=[loss > 1]", "promote_if=[loss < 9]",
      "max_rollbacks=5", "rollback_steps=7", "rollback_lr_factor=0.25",
    ] {
      let new = try recipe(["stages.cold_start.\(change)"])
      #expect(changed(try recipe(), new) == [], "\(change)")
    }
    let plain = try recipe()
    let all = downstream(plain, of: ["cold_start"])
    let skip = "stages.cold_start.on_divergence=rollback_and_skip"
    #expect(changed(plain, try recipe([skip])) == all)
    for change in ["max_rollbacks=5", "rollback_steps=7", "rollback_lr_factor=0.25"] {
      #expect(
        keys(try recipe([skip, "stages.cold_start.\(change)"]))["cold_start"]
          != keys(try recipe([skip]))["cold_start"], "\(change)")
    }
  }

  @Test("no field is in `excluded` that does not exist")
  func excludedExist() {
    let names = Set(builtInStages.recipes.kinds.flatMap(\.fields).map(\.name))
      .union(StagePolicy.fields.map(\.description.name))
    #expect(Self.excluded.isSubset(of: names))
  }
}

extension FieldType {
  /// Values to try, as a recipe writes them.
  fileprivate func candidates(_ value: ConfigValue) -> [String] {
    switch self {
    case .boolean: return ["true", "false"]
    case .integer:
      let numbers =
        if case .int(let number) = value { [number + 1, number * 2, number - 1] } else {
          [] as [Int]
        }
      return (numbers + [4, 2, 1, 64, 512]).map(String.init)
    case .number:
      let number = if case .double(let number) = value { number } else { 0.5 }
      return [number / 2, number + 0.25, number * 2, 0.5, 0.25, 1, 2].map { "\($0)" }
    case .string: return ["words", "\"{prompt} and {generated}\"", "\"{prompt}\"", "\"{answer}.\""]
    case .choice(let words): return words
    case .path: return ["/d/file.jsonl"]
    case .argument: return ["word"]
    case .optional(let inner): return inner.candidates(value) + ["null"]
    case .list(let inner): return inner.candidates(.null).map { "[\($0)]" } + ["[]"]
    case .map(let inner):
      return inner.candidates(.null).flatMap { word in
        ["prompt", "completion", "max_operands"].map { "{ \($0): \(word) }" }
      }
    case .record(let fields, _):
      return fields.flatMap { field in
        field.type.candidates(field.defaultValue).map { "{ \(field.name): \($0) }" }
      }
    }
  }
}
