import Dispatch
import Foundation
import Reports
import Synchronization
import Workflow

/// Shows a run on standard error: a line for what begins and ends, and one that moves in between.
final class ConsoleSink: EventSink {
  private struct State {
    var line = StageProgress()
    /// A line without an end stands on the terminal.
    var isDrawn = false
    var lastDrawn = 0.0
  }

  private let console: Console
  private let stages: [String]
  /// How many runs its experiment has.
  private let runs: Int?
  private let state = Mutex(State())

  init(plan: Plan, runs: Int?, console: Console) {
    self.console = console
    self.runs = runs
    stages = plan.steps.map(\.name)
  }

  func receive(_ event: RunEvent) {
    guard !console.quiet else { return }
    state.withLock { state in
      state.line.note(event)
      switch event.event {
      case .progress, .metrics: draw(&state)
      case .checkpoint: if console.verbose { print(Self.text(of: event), &state) }
      case .stageStarted:
        state.lastDrawn = now()
        print(place(event) + Self.text(of: event), &state)
      case .runStarted: print(Self.text(of: event) + ofExperiment(event), &state)
      case .runFinished: clear(&state)
      default: print(place(event) + Self.text(of: event, state.line), &state)
      }
    }
  }

  /// `[2/6] `, for what happens to a stage.
  private func place(_ event: RunEvent) -> String {
    guard let stage = event.stage, let index = stages.firstIndex(of: stage) else { return "" }
    return "[\(index + 1)/\(stages.count)] "
  }

  /// `, run 2 of 6`.
  private func ofExperiment(_ event: RunEvent) -> String {
    guard let runs, let place = event.place else { return "" }
    return ", run \(place) of \(runs)"
  }

  private static func text(of event: RunEvent, _ progress: StageProgress = .init()) -> String {
    let stage = event.stage ?? ""
    return switch event.event {
    case .runStarted: "run \(event.name ?? "") (\(event.run))"
    case .stageStarted: "\(stage): \(event.reason ?? "run")"
    case .stageWaiting: "\(stage): waits: \(event.reason ?? "")"
    case .stageReused: "\(stage): \(event.reason ?? "reused")"
    case .stageFinished: "\(stage): done, \(progress.result)"
    case .stageRolledBack: "\(stage): \(event.message ?? "")"
    case .stageNotPromoted: "\(stage): not promoted: \(event.reason ?? "")"
    case .stageFailed: "\(stage): failed: \(event.message ?? "")"
    case .stageBlocked: "\(stage): blocked: \(event.reason ?? "")"
    case .stageInterrupted: "\(stage): stopped at step \(progress.step)"
    case .checkpoint: "\(stage): saved step \(event.step ?? 0)"
    default: "\(stage): \(event.message ?? "")"
    }
  }

  private func print(_ text: String, _ state: inout State) {
    clear(&state)
    Output.error(CommandText.completed(text) + "\n")
  }

  /// Ten times a second on a terminal, every 15 seconds in a log.
  private func draw(_ state: inout State) {
    let time = now()
    guard time - state.lastDrawn >= (console.redraws ? 0.1 : 15) else { return }
    guard let stage = state.line.stage, let index = stages.firstIndex(of: stage) else { return }
    state.lastDrawn = time
    let text = "[\(index + 1)/\(stages.count)] \(state.line.text)"
    guard console.redraws else { return Output.error(text + "\n") }
    Output.error("\r\u{1B}[K" + truncated(text, width: console.width - 1))
    state.isDrawn = true
  }

  private func clear(_ state: inout State) {
    if state.isDrawn { Output.error("\r\u{1B}[K") }
    state.isDrawn = false
  }

  private func now() -> Double { Double(DispatchTime.now().uptimeNanoseconds) * 1e-9 }
}

/// Where the running stage stands.
struct StageProgress {
  private(set) var stage: String?
  private(set) var step = 0
  private var total: Int?
  private var unit = "step"
  private var elapsed: Double?
  private var eta: Double?
  private var runETA: Double?
  private var experimentETA: Double?
  private var place: String?
  private var metrics: [String: Double] = [:]

  mutating func note(_ event: RunEvent) {
    switch event.event {
    case .stageStarted:
      self = StageProgress()
      stage = event.stage
      step = event.step ?? 0
    case .progress:
      step = event.step ?? step
      total = event.total ?? total
      unit = event.unit ?? unit
      elapsed = event.elapsed
      eta = event.eta
      runETA = event.runETA
      experimentETA = event.experimentETA
      place = event.phase.map { "\($0) \(event.done ?? 0)/\(event.of ?? 0)" }
    case .metrics:
      for case (let name, let value?) in event.metrics ?? [:] { metrics[name] = value }
    default: break
    }
  }

  /// `sft  step 120/400  sampled 5/8  loss 1.234  0.42 s/step  ETA 1 min 58 s, run 12 min 10 s`.
  var text: String {
    var parts = [stage ?? "", "\(unit) \(step)" + (total.map { "/\($0)" } ?? "")]
    if let place { parts.append(place) }
    parts += figures
    if let eta, let total, total > step {
      parts.append("\(Quantity.number(eta / Double(total - step))) s/\(unit)")
      parts.append(
        Self.ends(stage: eta, run: runETA, experiment: experimentETA))
    }
    return parts.joined(separator: "  ")
  }

  /// What ends with the stage is not said twice.
  static func ends(stage: Double, run: Double?, experiment: Double?) -> String {
    var text = "ETA \(Quantity.duration(stage))"
    if let run, run > stage { text += ", run \(Quantity.duration(run))" }
    if let experiment, experiment > run ?? stage {
      text += ", all runs \(Quantity.duration(experiment))"
    }
    return text
  }

  /// `400 steps in 3 min 05 s, loss 1.234`.
  var result: String {
    let time = elapsed.map { " in \(Quantity.duration($0))" } ?? ""
    return (["\(step) \(unit)\(step == 1 ? "" : "s")\(time)"] + figures).joined(separator: ", ")
  }

  private var figures: [String] {
    ["loss", "reward", "kept", "pass@1"].compactMap { name in
      metrics[name].map { "\(name) \(Quantity.number($0))" }
    }
  }
}
