import Foundation
import Host
import Recipes
import Settings
import Trace

@testable import Workflow

struct ModelSource: Configuration {
  var path: FilePath?
  static let fields: [Field<Self>] = [Field("path", \.path, "A file.")]
}

struct DataSource: Configuration {
  var file: FilePath?
  var size = 10
  static let fields: [Field<Self>] = [
    Field("file", \.file, "A file."),
    Field("size", \.size, "Rows."),
  ]
}

/// Walks at random: its state depends on all that came before, on what it sampled and on its inputs.
struct Walk: StageKind {
  struct Config: Configuration {
    var steps = 4
    var learningRate = 0.1
    /// Fails once the samples of this step are recorded, unless it was resumed.
    var failAt = 0
    /// Diverges once the samples of this step are recorded, so many times.
    var divergeAt = 0
    var divergences = 1
    /// Changes no result.
    var note = ""
    var file: FilePath?
    static let fields: [Field<Self>] = [
      Field("steps", \.steps, "Steps."),
      Field("learning_rate", \.learningRate, "A number."),
      Field("fail_at", \.failAt, affectsOutput: false, "A step."),
      Field("diverge_at", \.divergeAt, "A step."),
      Field("divergences", \.divergences, "Times."),
      Field("note", \.note, affectsOutput: false, "Text."),
      Field("file", \.file, "A file."),
    ]
  }

  struct Broken: Error, CustomStringConvertible {
    let step: Int
    var description: String { "diverged at step \(step)" }
  }

  static let name = "walk"
  static let revision = 1
  static let summary = "Walks at random."
  static let inputs = [
    InputPort("model", .model, required: false, "A start."),
    InputPort("data", .dataset, required: false, multiple: true, "Rows."),
  ]
  static let outputs = [OutputPort("model", .model, "The end.")]

  static func run(_ config: Config, in context: any StageContext) throws -> StageOutput {
    var state = try start(context)
    let first = context.resumePoint?.step ?? 0
    context.begin(totalSteps: config.steps, unit: "updates")
    for step in stride(from: first + 1, through: config.steps, by: 1) {
      try context.checkStop()
      if context.isSkipped(step) {
        try context.stepDone(step) { checkpoint(step, state) }
        continue
      }
      let samples = try samples(step, state, context)
      context.record(samples)
      if step == config.failAt, first == 0 { throw Broken(step: step) }
      if step == config.divergeAt, context.rollbacks.count < config.divergences {
        throw Divergence(step: step, quantity: "loss", value: .nan)
      }
      context.progress("walked", done: 1, of: 2)
      for sample in samples {
        state = mix(state, UInt64(bitPattern: Int64(sample.completion.tokens[0])))
      }
      state = mix(state, UInt64(1024 * context.learningRateFactor(step)))
      context.record(
        step: step, ["loss": Double(state % 1000) * config.learningRate, "step_time": state0()])
      context.record([
        Item(evaluation: "walk", item: step, sample: 0, score: Double(state % 2))
      ])
      try context.stepDone(step) { checkpoint(step, state) }
    }
    context.record(step: 0, ["final": Double(state % 1000)])
    return StageOutput(["model": Artifact(files: ["state": FileContent(Data("\(state)".utf8))])])
  }

  private static func checkpoint(_ step: Int, _ state: UInt64) -> Checkpoint {
    Checkpoint(
      step: step, files: ["state": "\(state)", "same": "same"].mapValues { FileContent([$0]) })
  }

  /// Something that no two runs share, as times are.
  private static func state0() -> Double { Double.random(in: 0..<1) }

  private static func start(_ context: any StageContext) throws -> UInt64 {
    if let point = context.resumePoint { return try number(point.files["state"]?.data()) }
    var state = context.seed
    for input in context.inputs("model") + context.inputs("data") {
      switch input.content {
      case .source: state = mix(state, input.seed)
      case .artifact(let files):
        for name in files.keys.sorted() { state = mix(state, try number(input.file(name))) }
      }
    }
    return state
  }

  private static func samples(
    _ step: Int, _ state: UInt64, _ context: any StageContext
  ) throws -> [Sample] {
    let stored = try context.storedSamples(step: step)
    if stored.count == 2 {
      context.log("step \(step) was sampled before")
      return stored
    }
    return (0..<2).map { number in
      let id = Int32(truncatingIfNeeded: mix(state, UInt64(step * 2 + number)) % 50_000)
      return Sample(
        step: step, promptID: step, sample: number, prompt: .prompt("p", tokens: [1]),
        completion: .completion("c\(id)", tokens: [id], logProbs: [-Float(id) / 7]),
        rewards: ["accuracy": .score(0.5)], reward: 0.5,
        finishReason: "stop")
    }
  }

  private static func number(_ data: Data?) throws -> UInt64 {
    guard let data, let number = UInt64(String(decoding: data, as: UTF8.self)) else {
      throw Broken(step: -1)
    }
    return number
  }

  private static func mix(_ a: UInt64, _ b: UInt64) -> UInt64 {
    (a ^ b &* 0x9E37_79B9_7F4A_7C15) &* 0xBF58_476D_1CE4_E5B9 &+ (a >> 29)
  }
}

/// Fails at once, every time.
struct Crash: StageKind {
  struct Config: Configuration {
    static let fields: [Field<Self>] = []
  }
  static let name = "crash"
  static let revision = 1
  static let summary = "Fails."
  static let inputs = [InputPort("model", .model, required: false, "A start.")]
  static let outputs = [OutputPort("model", .model, "Nothing.")]

  static func run(_ config: Config, in context: any StageContext) throws -> StageOutput {
    throw Walk.Broken(step: 0)
  }
}

/// Hands out what it takes in, or its seed, and leaves the sum of the numbers that come back.
struct Ask: StageKind {
  typealias Config = Crash.Config
  static let name = "ask"
  static let revision = 1
  static let summary = "Asks a person."
  static let inputs = [InputPort("model", .model, required: false, "What is asked.")]
  static let outputs = [OutputPort("model", .model, "What came back.")]
  static let asksPeople = true

  static func run(_ config: Config, in context: any StageContext) throws -> StageOutput {
    var rows = Data("\(context.seed)".utf8)
    for input in context.inputs("model") {
      if case .artifact = input.content { rows = try input.file("state") }
    }
    context.begin(totalSteps: 1, unit: "review")
    let answer = try context.review(rows)
    guard let number = UInt64(String(decoding: answer.rows, as: UTF8.self)) else {
      throw Walk.Broken(step: 1)
    }
    return StageOutput(["model": Artifact(files: ["state": FileContent(Data("\(number)".utf8))])])
  }
}

/// Ends without its output.
struct Empty: StageKind {
  typealias Config = Crash.Config
  static let name = "empty"
  static let revision = 1
  static let summary = "Leaves nothing."
  static let inputs: [InputPort] = []
  static let outputs = [OutputPort("model", .model, "Nothing.")]

  static func run(_ config: Config, in context: any StageContext) throws -> StageOutput {
    StageOutput(["model": Artifact(files: [:])])
  }
}

/// A stage `name` on top of another.
func stage(
  _ name: String, kind: String = "walk", after upstream: String? = nil,
  data: String? = nil, needs: [String] = [], policy: StagePolicy = StagePolicy(),
  _ values: [String: ConfigValue] = [:]
) -> StageSpec {
  var inputs: [String: [InputReference]] = [:]
  if let upstream {
    inputs["model"] = [InputReference(origin: .stage(upstream, output: "model"))]
  }
  if let data { inputs["data"] = [InputReference(origin: .source(data))] }
  let defaults = kind == "walk" ? Walk.Config().values : [:]
  return StageSpec(
    name: name, kind: kind, values: defaults.merging(values) { $1 }, inputs: inputs,
    policy: policy, needs: needs)
}

/// Two stages, the second on top of the first.
func chain(
  seed: Int = 17, _ first: [String: ConfigValue] = [:], second: [String: ConfigValue] = [:]
) -> Recipe {
  Recipe(
    name: "r1", seed: seed,
    stages: [stage("base", first), stage("sft", after: "base", second)])
}
