import Recipes
import Settings
import Storage
import Trace

/// One try at a stage: all that decides what it does, as data that can be sent elsewhere.
///
/// Files stand in it by digests of objects in the workspace.
struct StageJob: Sendable, Codable {
  /// An input of the stage.
  struct Input: Sendable, Codable {
    enum Content: Sendable, Codable {
      /// A `models:` or `datasets:` entry of the recipe, with absolute paths.
      case source([String: ConfigValue])
      /// The output of another stage of the run: the digest of its manifest.
      case artifact(manifest: String, stage: String)
    }

    let name: String
    let content: Content
    let weight: Double
    let window: StepWindow
    let seed: UInt64
    /// The file with a person's answer, if the rows come from one.
    let reviewedFile: String?
  }

  /// The run's id, the stage's name in its recipe, and the number of the attempt.
  let run: String
  let stage: String
  let attempt: Int
  let kind: String
  let revision: Int
  let values: [String: ConfigValue]
  let seed: UInt64
  /// The properties of machine and recipe that decide the result's bits: CPU level, library
  /// version, precision.
  let numerics: [String: String]
  /// By port.
  let inputs: [String: [Input]]
  let resumePoint: ResumePoint?
  let rollbacks: [Rollback]
  let policy: StagePolicy
  /// Earlier values of the metrics in guards, newest first.
  let history: [String: [Double?]]
  /// The shortest time between two checkpoints; 0 saves at every step.
  let checkpointSeconds: Double
  /// The time of the rest of it, as far as known from earlier runs.
  let expectedSeconds: Double?

  var precision: String { numerics["precision"] ?? "f32" }
}
