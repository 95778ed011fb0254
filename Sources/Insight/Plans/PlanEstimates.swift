import Host
import JSON
import Recipes
import Stages
public import Storage
public import Workflow

/// The costs of a plan's stages: work from the recipe, and time from the best known speed.
public struct PlanEstimates {
  struct Line {
    let step: PlanStep
    let work: Result<Workload, UnknownShape>
    let seconds: Double?
    /// How the time is known, or why it is not.
    let basis: String
  }

  let lines: [Line]
  let hardware: AssumedHardware?

  /// - Parameters:
  ///   - flops: operations per second in practice; nil: those that the recipe assumes, else those
  ///   of earlier runs.
  ///   - reading: whether datasets may be read.
  public init(_ plan: Plan, _ store: Store, flops: Double?, reading: Bool) throws {
    let works = WorkloadPlan(plan.recipe, in: LocalFiles(), reading: reading).stages
    var speeds = MeasuredSpeeds(store)
    let hardware = flops == nil ? plan.recipe.assumptions.hardware : nil
    self.hardware = hardware
    lines = try plan.steps.map { step in
      let unknown = UnknownShape(description: "it was left out")
      let work = works[step.name] ?? .failure(unknown)
      let time = try Self.time(step, work, hardware, flops, &speeds)
      return Line(step: step, work: work, seconds: time.seconds, basis: time.basis)
    }
  }

  private static func time(
    _ step: PlanStep, _ work: Result<Workload, UnknownShape>, _ hardware: AssumedHardware?,
    _ flops: Double?, _ speeds: inout MeasuredSpeeds
  ) throws -> (seconds: Double?, basis: String) {
    if step.action.word == "reuse" { return (0, "reused: nothing to do") }
    if flops == nil, hardware == nil, let known = step.estimate {
      return (known.seconds, known.basis)
    }
    guard case .success(let work) = work else {
      guard case .failure(let reason) = work else { return (nil, "") }
      return (nil, "unknown: \(reason)")
    }
    if work.flops == 0 { return (nil, "no arithmetic") }
    if let flops { return (work.flops / flops, "at \(Quantity.number(flops)) FLOP/s") }
    if let hardware { return (hardware.seconds(work), Self.basis(hardware)) }
    guard let speed = try speeds.speed(of: step.kind) else {
      return (nil, "unknown: no run finished such a stage")
    }
    guard speed.tells(of: work) else {
      return (nil, "unknown: the model of \(speed.place) has another size")
    }
    return (work.flops / speed.flops, speed.basis)
  }

  /// The sum of the known values, and the number of their lines.
  private func sum(_ figure: (Workload) -> Double) -> Double {
    lines.compactMap { try? $0.work.get() }.reduce(0) { $0 + figure($1) }
  }

  private var seconds: Double { lines.compactMap(\.seconds).reduce(0, +) }

  /// The time of all lines; the least that it can be where some are not known, empty where none is.
  private var totalTime: [String] {
    let unknown = lines.count { $0.seconds == nil && (try? $0.work.get().flops) != 0 }
    if unknown == 0 { return time(seconds) }
    return seconds == 0 ? ["unknown", ""] : ["over " + time(seconds)[0], time(seconds)[1]]
  }

  /// One line per stage, and their sum; unknown values have a reason.
  func table() -> String {
    let figures = [
      "updates", "samples", "sampled", "trained", "FLOPs", "memory", "disk", "time", "device hours",
    ]
    var table = TextTable(["stage"] + figures.map(TextTable.Column.right) + ["basis"])
    for line in lines {
      table.add([line.step.name] + Self.cells(line.work) + time(line.seconds) + [note(line)])
    }
    table.add(
      [
        "total", "", "", Quantity.number(sum(\.sampledTokens)),
        Quantity.number(sum(\.trainedTokens)), Quantity.number(sum(\.flops)), "",
        Quantity.bytes(Self.whole(sum(\.outputBytes) + mostCheckpoint)),
      ] + totalTime)
    return ([table.render()] + notes).joined(separator: "\n")
  }

  private var mostCheckpoint: Double {
    lines.compactMap { try? $0.work.get().checkpointBytes }.max() ?? 0
  }

  /// How a line's time is known, where the notes below the table do not say it.
  private func note(_ line: Line) -> String {
    line.basis == hardware.map { Self.basis($0) } ? "" : line.basis
  }

  private static func basis(_ hardware: AssumedHardware) -> String { "on \(hardware.words)" }

  private var notes: [String] {
    guard let hardware else { return [] }
    var text = "times \(Self.basis(hardware))"
    if let price = hardware.pricePerHour {
      let cost = seconds / 3600 * Double(hardware.devices) * price
      text += "; \(Quantity.number(cost)) dollars at \(Quantity.number(price)) per device hour"
    }
    return [text]
  }

  private func time(_ seconds: Double?) -> [String] {
    guard let seconds else { return ["", ""] }
    let hours = hardware.map { Quantity.number(seconds / 3600 * Double($0.devices)) }
    return [Quantity.duration(seconds), hours ?? ""]
  }

  private static func cells(_ work: Result<Workload, UnknownShape>) -> [String] {
    guard case .success(let work) = work else { return [String](repeating: "", count: 7) }
    func number(_ value: Double) -> String { value > 0 ? Quantity.number(value) : "" }
    return [
      number(work.updates), number(work.samples), number(work.sampledTokens),
      number(work.trainedTokens), number(work.flops),
      work.memory.total > 0 ? Quantity.bytes(whole(work.memory.total)) : "",
      Quantity.bytes(whole(work.outputBytes + work.checkpointBytes)),
    ]
  }

  private static func whole(_ bytes: Double) -> Int { Int(min(bytes, 1e18)) }
}

extension AssumedHardware {
  /// How long its devices take for some work, each part at the share of their speed that it reaches.
  func seconds(_ work: Workload) -> Double {
    let speed = flops * Double(devices)
    return (work.trainingFLOPs + work.scoringFLOPs) / (speed * trainingUtilization)
      + work.samplingFLOPs / (speed * samplingUtilization)
  }

  /// `512 H800 at 20 % of 9.89e+14 FLOP/s, sampling at 4 %`.
  var words: String {
    "\(devices) \(device.isEmpty ? "devices" : device) at \(Quantity.percent(trainingUtilization)) of "
      + "\(Quantity.number(flops)) FLOP/s, sampling at \(Quantity.percent(samplingUtilization))"
  }
}

/// Operations a second that finished stages of each kind reached.
private struct MeasuredSpeeds {
  struct Speed {
    let flops: Double
    /// Operations for a token.
    let grain: Double
    /// "rl in run x".
    let place: String

    var basis: String { "at the \(Quantity.number(flops)) FLOP/s of \(place)" }

    /// Whether the speed is comparable: a small model reaches a fraction of a large one's.
    func tells(of work: Workload) -> Bool {
      let ratio = work.grain / grain
      return ratio > 0.1 && ratio < 10
    }
  }

  private let store: Store
  private var known: [String: Speed?] = [:]

  init(_ store: Store) { self.store = store }

  mutating func speed(of kind: String) throws -> Speed? {
    if let speed = known[kind] { return speed }
    let speed = try measure(kind)
    known[kind] = .some(speed)
    return speed
  }

  /// From the newest finished stage of the kind; its lengths are those that it sampled.
  private func measure(_ kind: String) throws -> Speed? {
    guard let stage = try store.finishedStage(kind: kind, containing: ""),
      let seconds = stage.seconds, seconds > 0
    else { return nil }
    let run = try store.run(id: stage.run)
    guard
      let recipe = try? Recipe(
        json: store.recipe(of: run).resolved, catalog: builtInStages.recipes)
    else { return nil }
    let lengths = try store.metrics(run: run.id, stage: stage.name, name: "completions/mean_length")
      .compactMap(\.value)
    let mean = lengths.isEmpty ? [:] : [stage.name: lengths.reduce(0, +) / Double(lengths.count)]
    guard
      case .success(let work)? = WorkloadPlan(recipe, in: LocalFiles(), lengths: mean).stages[
        stage.name],
      work.flops > 0
    else { return nil }
    return Speed(
      flops: work.flops / seconds, grain: work.grain,
      place: "\(stage.name) in run \(stage.runName)")
  }
}

extension Workload {
  /// Operations for a token that is read or written.
  fileprivate var grain: Double { flops / max(trainedTokens + sampledTokens, 1) }
}

extension PlanEstimates {
  /// The members of a step's `estimate`.
  func json(_ index: Int) -> [(String, JSONValue)] {
    let line = lines[index]
    let disk = try? line.work.get()
    var members: [(String, JSONValue)] = [
      ("seconds", .optional(line.seconds)),
      (
        "disk_bytes",
        .optional(
          line.step.estimate.map { Double($0.outputBytes + $0.checkpointBytes) }
            ?? disk.map { $0.outputBytes + $0.checkpointBytes })
      ),
      ("basis", .string(line.basis)),
    ]
    switch line.work {
    case .failure(let reason): members.append(("unknown", .string(reason.description)))
    case .success(let work): members.append(("work", .object(Self.members(work))))
    }
    return members
  }

  private static func members(_ work: Workload) -> [(String, JSONValue)] {
    let memory = work.memory
    return [
      ("updates", .double(work.updates)), ("samples", .double(work.samples)),
      ("sampled_tokens", .double(work.sampledTokens)),
      ("trained_tokens", .double(work.trainedTokens)), ("flops", .double(work.flops)),
      ("training_flops", .double(work.trainingFLOPs)),
      ("sampling_flops", .double(work.samplingFLOPs)),
      ("scoring_flops", .double(work.scoringFLOPs)),
      ("output_bytes", .double(work.outputBytes)),
      ("checkpoint_bytes", .double(work.checkpointBytes)),
      (
        "memory_bytes",
        .object([
          ("weights", .double(memory.weights)), ("packed", .double(memory.packed)),
          ("gradients", .double(memory.gradients)), ("moments", .double(memory.moments)),
          ("activations", .double(memory.activations)), ("logits", .double(memory.logits)),
          ("cache", .double(memory.cache)), ("checkpoint", .double(memory.checkpoint)),
          ("loading", .double(memory.loading)), ("rows", .double(memory.rows)),
          ("total", .double(memory.total)),
        ])
      ),
    ]
  }
}
