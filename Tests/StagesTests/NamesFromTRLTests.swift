import Foundation
import JSON
import Recipes
import Settings
import TestSupport
import Testing
import Workflow

@testable import Stages

/// Names and defaults of TRL's configuration classes, Tests/Fixtures/trl_configs.json.
@Suite("Names that people bring from TRL")
struct NamesFromTRLTests {
  /// The classes of the trainers that kinds declare, by kind.
  private static let classes = Dictionary(
    uniqueKeysWithValues: builtInKinds.compactMap { kind in
      kind.trainer.map { (kind.name, $0.configuration) }
    })

  /// A default, as both sides can be compared.
  enum Default: Decodable, Equatable {
    case none
    case flag(Bool)
    case number(Double)
    case text(String)
    case other

    init(from decoder: any Decoder) throws {
      let value = try decoder.singleValueContainer()
      if value.decodeNil() {
        self = .none
      } else if let flag = try? value.decode(Bool.self) {
        self = .flag(flag)
      } else if let number = try? value.decode(Double.self) {
        self = .number(number)
      } else if let text = try? value.decode(String.self) {
        self = .text(text)
      } else {
        self = .other
      }
    }

    /// As Python writes it.
    init(python: String) {
      switch python {
      case "None": self = .none
      case "True", "False": self = .flag(python == "True")
      default: self = Double(python).map { .number($0) } ?? .text(python)
      }
    }
  }

  private static func fields() throws -> [String: [String: Default]] {
    try Repository.golden("trl_configs.json")
  }

  private static func kind(_ name: String) throws -> KindDescription {
    try #require(builtInStages.recipes.kind(name))
  }

  @Test(
    "every field of a trainer's class is a field here or has an answer", arguments: classes.keys)
  func complete(kind: String) throws {
    let own = try Set(Self.kind(kind).fields.map(\.name))
    let names = [try #require(Self.classes[kind]), "ModelConfig", "ScriptArguments"]
    let theirs = try names.flatMap { try #require(Self.fields()[$0]).keys }
    #expect(theirs.count > 130)
    for name in theirs.sorted() where !own.contains(name) {
      #expect(namesFromTRL.advice(key: name, in: kind) != nil, "\(kind).\(name)")
    }
  }

  @Test("kinds have the trainers of their algorithms")
  func trainers() {
    #expect(
      Self.classes == [
        "sft": "SFTConfig", "grpo": "GRPOConfig", "reward_model": "RewardConfig",
        "distill": "GKDConfig",
      ])
  }

  @Test("what has an answer is no field of the kinds that the answer is for")
  func unknown() throws {
    for entry in namesFromTRL.keys {
      for kind in entry.places.isEmpty ? Array(Self.classes.keys) : entry.places {
        let own = try Set(Self.kind(kind).fields.map(\.name))
        #expect(own.isDisjoint(with: entry.names), "\(kind): \(own.intersection(entry.names))")
      }
    }
  }

  @Test("the settings whose defaults differ are those that are listed", arguments: classes.keys)
  func defaults(kind: String) throws {
    let name = try #require(Self.classes[kind])
    let theirs = try #require(Self.fields()[name])
    let listed = settingsFromTRL.filter { $0.kind == kind }.map(\.setting)
    var differing: Set<String> = []
    for field in try Self.kind(kind).fields {
      guard let `default` = theirs[field.name] else { continue }
      let own = try JSONDecoder().decode(
        Default.self, from: Data(field.defaultValue.canonicalJSON.utf8))
      if own != `default` { differing.insert(field.name) }
    }
    #expect(Set(listed.filter { $0.theirs != nil }.map(\.name)) == differing)
    for setting in listed {
      guard let value = setting.theirs else { continue }
      #expect(theirs[setting.name] == Default(python: value), "\(kind).\(setting.name)")
    }
  }

  @Test(
    "messages about keys and values of other trainers say what to write",
    arguments: [
      ("per_device_train_batch_size: 4", "batch_size counts the rows of an update"),
      ("lora_r: 8", "peft_config: { r: 16"), ("report_to: wandb", "log_to: tensorboard"),
      ("max_steps: -1", "write null instead of TRL's -1"),
      ("bf16: true", "precision is a key at the top"),
      ("warmup_steps: 0.1", "warmup_ratio: 0.1"),
      ("lr_scheduler_type: cosine_with_min_lr", "write cosine, and min_lr_rate"),
      ("peft_config: { target_modules: all-linear }", "leave it out: all seven matrices"),
      ("peft_config: { target_modules: [all-linear] }", "leave it out: all seven matrices"),
    ])
  func messages(line: String, words: String) throws {
    let text = """
      recipe: r
      models: { base: { hidden_size: 16, num_hidden_layers: 1, num_attention_heads: 2 } }
      datasets: { rows: { task: arithmetic, size: 10 } }
      stages: { s: { kind: sft, model: $base, data: $rows, \(line) } }
      """
    #expect {
      _ = try RecipeFile(text: text, file: "/r.yaml")
        .recipe(overrides: [], catalog: builtInStages.recipes)
    } throws: { "\($0)".contains(words) }
  }

  @Test("rewards of TRL and open-r1 by the names that they have there")
  func rewards() throws {
    for (name, words) in [
      ("accuracy_reward", "write accuracy"), ("think_format_reward", "write format"),
      ("code", "command"), ("get_soft_overlong_punishment", "write soft_overlong_punishment"),
    ] {
      let problem = RewardSpec(name).problems.first?.message
      #expect(problem?.contains(words) == true, "\(name): \(problem ?? "")")
    }
  }
}
