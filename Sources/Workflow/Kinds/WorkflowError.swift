/// Why a plan cannot be made or carried out.
public struct WorkflowError: Error, Sendable, Hashable, CustomStringConvertible {
  public enum Code: Sendable, Hashable {
    /// A flag that does not fit the recipe.
    case usage
    /// A data or model file that is missing.
    case missingFile
    /// A run that this program would continue differently.
    case incompatible
    /// The same, because the recipe, or a file that it names, was changed.
    case changedRecipe, changedFile
    /// The same, because program or machine differs.
    case changedMachine
    /// A stage that its recipe wants stopped.
    case stopped
  }

  /// A file and the recipe key that names it: `datasets.problems.file`.
  public struct MissingFile: Sendable, Hashable {
    public let field: String
    public let path: String
  }

  public let code: Code
  public let message: String
  /// The files behind `missingFile`, for a message that points into the recipe.
  public let missing: [MissingFile]

  init(_ code: Code, _ message: String, missing: [MissingFile] = []) {
    self.code = code
    self.message = message
    self.missing = missing
  }

  public var description: String { message }

  /// The exit status of a command that ends with this error.
  public var exitCode: Int32 {
    switch code {
    case .usage: 2
    case .missingFile: 3
    case .incompatible, .changedRecipe, .changedFile, .changedMachine: 7
    case .stopped: 1
    }
  }
}

/// The wording, in one place.
extension WorkflowError {
  static func unknownStage(_ name: String, flag: String, known: [String]) -> Self {
    Self(.usage, "\(flag) \(name): the recipe's stages are \(known.joined(separator: ", "))")
  }

  static func missing(_ files: [MissingFile]) -> Self {
    Self(
      .missingFile,
      files.map { "\($0.field): there is nothing at \($0.path)" }.joined(separator: "\n"),
      missing: files)
  }

  static func upstreamMissing(_ stage: String, needs upstream: String) -> Self {
    Self(
      .usage,
      "--only \(stage) needs '\(upstream)', which no run has finished; use --until \(stage) instead"
    )
  }

  static func changedSinceRun(
    _ run: String, stage: String, difference: String, isSameWork: Bool
  ) -> Self {
    Self(
      isSameWork ? .changedMachine : .changedFile,
      "cannot continue run \(run): stage '\(stage)' would not be the same: \(difference)")
  }

  static func changedRecipe(_ run: String, path: String, difference: String) -> Self {
    Self(
      .changedRecipe,
      "cannot continue run \(run): \(path) was changed since: \(difference)")
  }

  static func notFinished(_ stage: String, in run: String) -> Self {
    Self(.usage, "--adopt \(stage): run \(run) has no finished stage '\(stage)' of the same kind")
  }

  static func unreadableRecipe(_ run: String, _ reason: String) -> Self {
    Self(.incompatible, "cannot continue run \(run): \(reason)")
  }

  /// - Parameter checkpoint: the step of the newest one.
  static func tripped(_ condition: String, checkpoint: Int?) -> Self {
    Self(
      .stopped,
      "stop_if \(condition). "
        + (checkpoint.map {
          "The checkpoint of step \($0) is kept: `regimen resume` continues from it once the "
            + "recipe's stop_if has changed"
        } ?? "There is no checkpoint yet: with another stop_if the stage starts again"))
  }

  static func late(_ seconds: Double, step: Int) -> Self {
    Self(
      .stopped,
      "longer than its timeout of \(seconds) seconds; step \(step) is saved, and resume continues "
        + "for the same time again")
  }

  static func noFile(_ name: String, in stage: String) -> Self {
    Self(
      .incompatible,
      "stage '\(stage)' has no file '\(name)' in its output; run it again with --force")
  }

  static func foreignJob(kind: String, revision: Int) -> Self {
    Self(
      .incompatible, "this program has no kind '\(kind)' of revision \(revision)")
  }

  static func missingOutput(_ port: String, kind: String) -> Self {
    Self(.incompatible, "the stage ended without its output '\(port)' (kind \(kind))")
  }
}
