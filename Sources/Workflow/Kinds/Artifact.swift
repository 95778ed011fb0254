public import Foundation
public import Host
public import Recipes
public import Settings

/// The output of a stage: named files, each of which becomes an object.
public struct Artifact: Sendable {
  public let files: [String: FileContent]
  public init(files: [String: FileContent]) { self.files = files }
}

/// The outputs of a finished stage: one artifact per output port.
public struct StageOutput: Sendable {
  public let artifacts: [String: Artifact]
  public init(_ artifacts: [String: Artifact] = [:]) { self.artifacts = artifacts }
}

/// The state of a stage after `step` updates: everything it needs to continue as if it had not been
/// interrupted.
public struct Checkpoint: Sendable {
  /// Updates done.
  public let step: Int
  public let files: [String: FileContent]

  public init(step: Int, files: [String: FileContent]) {
    self.step = step
    self.files = files
  }
}

/// An input of a stage.
public struct StageInput: Sendable {
  public enum Content: Sendable {
    /// A `models:` or `datasets:` entry of the recipe, with absolute paths, and the files that they lead to.
    case source([String: ConfigValue], any FileAccess)
    /// Files of an upstream stage by their names, verified and mapped when they are asked for.
    case artifact([String: FileContent])
  }
  public let name: String
  public let content: Content
  public let weight: Double
  /// The steps for which it is in use.
  public let window: StepWindow
  /// The seed for what a source makes at random (weights, generated rows): the same for every stage
  /// that uses the source.
  public let seed: UInt64
  /// The place of a person's row, by its id, for messages: `path:line`; nil if it is unknown.
  public let locate: @Sendable (Int) -> String?

  public init(
    name: String, content: Content, weight: Double = 1, window: StepWindow = .always, seed: UInt64,
    locate: @escaping @Sendable (Int) -> String? = { _ in nil }
  ) {
    self.name = name
    self.window = window
    self.content = content
    self.weight = weight
    self.seed = seed
    self.locate = locate
  }

  /// A file that an upstream stage left.
  public func file(_ name: String) throws -> Data {
    guard case .artifact(let files) = content, let file = files[name] else {
      throw WorkflowError.noFile(name, in: self.name.prefix { $0 != "." }.description)
    }
    return try file.data()
  }
}
