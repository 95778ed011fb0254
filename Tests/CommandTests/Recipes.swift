import Foundation
import TestSupport

/// Recipes of the repository, and what tests change in them.
enum Recipes {
  /// recipes/tiny.yaml: every stage kind in a few steps.
  static var tiny: String { shipped("tiny") }

  /// recipes/NAME.yaml.
  static func shipped(_ name: String) -> String {
    Repository.root.appending(path: "recipes/\(name).yaml").path
  }

  /// A stage of seconds, and one after it.
  static let two = """
    recipe: two
    models:
      base: { hidden_size: 32, num_hidden_layers: 2, num_attention_heads: 4 }
    datasets:
      sums: { task: arithmetic, size: 200, completion_template: "{answer}" }
    stages:
      pretrain: { kind: pretrain, model: $base, data: $sums, max_steps: 300, batch_size: 4 }
      sft: { kind: sft, model: $pretrain, data: $sums, max_steps: 2, batch_size: 4 }
    """

  /// A run that is longer than any test waits.
  static let long = """
    recipe: long
    models:
      base: { hidden_size: 32, num_hidden_layers: 2, num_attention_heads: 4 }
    datasets:
      sums: { task: arithmetic, size: 200, completion_template: "{answer}" }
    stages:
      pretrain: { kind: pretrain, model: $base, data: $sums, max_steps: 1000000, batch_size: 4 }
    """
}

extension Program {
  /// Writes a file into the folder and returns its name.
  func write(_ name: String, _ text: String) throws -> String {
    try Data(text.utf8).write(to: folder.appending(path: name))
    return name
  }

  /// The output digests of a run's stages, by stage and port.
  func digests(of run: String) throws -> [String: [String: String]] {
    let stages = try self.run("show", run, "--json").json["stages"] as? [[String: Any]] ?? []
    return Dictionary(
      uniqueKeysWithValues: stages.compactMap { stage in
        guard let name = stage["stage"] as? String else { return nil }
        return (name, stage["outputs"] as? [String: String] ?? [:])
      })
  }

  /// All metrics of a run but those that measure the clock, one a line.
  func metrics(of run: String) throws -> [String] {
    try self.run("metrics", run, "--csv").output.split(separator: "\n").map(String.init)
      .filter { line in
        ![",step_time,", ",tokens_per_second,", ",time/"].contains { line.contains($0) }
      }
  }

  /// What was sampled, judged and scored in a run, one sample a line.
  func samples(of run: String) throws -> [String] {
    try self.run("samples", run, "--json").output.split(separator: "\n").map(String.init)
  }
}
