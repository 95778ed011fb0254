public import Randomness
public import Settings

/// A source of verifiable problems: `try TaskCatalog.make("arithmetic", ["max_value": 20])`, then
/// `try task.example(index, split: .train, stream: stream)`.
///
/// A problem depends on the parameters, the stream's key, the split and the index, on nothing else.
/// Problems of the two splits are disjoint whatever the streams and parameters are. To add a task: a
/// file beside this one and an entry in the catalog.
public protocol TrainingTask: Sendable {
  /// As a dataset's `task:` spells it.
  static var name: String { get }
  /// One sentence for `list tasks` and the documentation.
  static var summary: String { get }
  /// What can be set; the initializer is given a value for each.
  static var parameters: [FieldDescription] { get }

  /// The names of the verifiers that judge answers to its problems.
  static var verifiers: [String] { get }

  /// The task with checked parameters; throws when they contradict each other.
  init(_ parameters: Parameters<Int>) throws(ParameterError)

  /// One candidate, of either split; nil when the draw came to nothing.
  func draw(_ stream: inout RandomStream, split: TaskSplit) -> TaskExample?

  /// What decides on which side of the split an example falls.
  static func identity(_ example: TaskExample) -> String
}

/// Which side of a split a problem belongs to.
public enum TaskSplit: String, Sendable, Hashable, CaseIterable {
  case train, test

  /// One identity in eight belongs to the test side.
  static func of(_ identity: String) -> TaskSplit {
    ContentHash.of(Array(identity.utf8)) % 8 == 0 ? .test : .train
  }
}

/// A problem with its solution.
public struct TaskExample: Sendable, Hashable {
  public let prompt: String
  /// Worked steps, without the final answer's marks.
  public let solution: String
  /// The result of the written solution: a correct answer, unless the task's settings allow
  /// mistakes.
  public let answer: String
  /// A worse reply, of tasks that make pairs.
  public var rejected: String?
  /// What the verifier compares with; for most tasks the same as `answer`.
  public let gold: String
  /// The name of a `Verifier`.
  public let verifier: String
  public let fields: [String: String]
  /// Steps or operands: larger is harder.
  public let difficulty: Int
}

/// The tasks that recipes may name.
public enum TaskCatalog {
  public static let all: [any TrainingTask.Type] = [
    Arithmetic.self, Countdown.self, WordProblems.self, BilingualMath.self, BilingualChat.self,
  ]

  public static func type(named name: String) -> (any TrainingTask.Type)? {
    all.first { $0.name == name }
  }

  /// A task with the given parameters and defaults for the others.
  public static func make(
    _ name: String, _ parameters: [String: Int] = [:]
  ) throws(ParameterError) -> any TrainingTask {
    guard let type = type(named: name) else {
      throw ParameterError(nil, "there is no task '\(name)'")
    }
    return try type.init(
      Parameters(parameters, declared: type.parameters, of: "task '\(name)'"))
  }
}

extension TrainingTask {
  /// Draws until a problem of the split comes up; the first thousand draws decide.
  public func example(
    _ index: Int, split: TaskSplit, stream: RandomStream
  ) throws(ParameterError) -> TaskExample {
    for attempt in 0..<1000 {
      var attemptStream = stream.at(UInt64(index), UInt64(attempt))
      if let example = draw(&attemptStream, split: split),
        TaskSplit.of(Self.identity(example)) == split
      {
        return example
      }
    }
    throw ParameterError(
      nil, "task '\(Self.name)' has no \(split.rawValue) problems with these parameters")
  }

  public static func identity(_ example: TaskExample) -> String { example.prompt }
}

/// A hash that never changes, for splits by content (FNV-1a, 64 bits, with a final mix).
public enum ContentHash {
  @inlinable
  public static func of(_ bytes: some Sequence<UInt8>) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    // FNV leaves its top bits poorly mixed (SplitMix64's finalizer, Steele et al. 2014).
    hash = (hash ^ (hash >> 30)) &* 0xBF58_476D_1CE4_E5B9
    hash = (hash ^ (hash >> 27)) &* 0x94D0_49BB_1331_11EB
    return hash ^ (hash >> 31)
  }

  /// The hash as a number in 0..<1.
  @inlinable
  public static func fraction(_ bytes: some Sequence<UInt8>) -> Double {
    Double(of(bytes) >> 11) * 0x1p-53
  }
}
