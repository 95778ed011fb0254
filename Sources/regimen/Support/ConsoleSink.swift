import Dispatch
import Foundation
import Insight
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
