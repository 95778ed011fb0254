public import Recipes
public import Settings

/// Where the time of a stage's steps goes: each moment belongs to one phase, so that the phases add up
/// to the wall time.
///
/// Used from the stage's own thread. It returns nothing to the stage: no result depends on the
/// clock.
public final class StepTimer {
  public enum Phase: String, CaseIterable, Sendable {
    /// Reading prompts, and sampling after them.
    case prefill, decode
    case rewards
    /// Log-probabilities under a model that is not trained.
    case reference
    case forward, backward, update
    /// Handing rows and checkpoints to the writer, and waiting for it.
    case store
    case other
  }

  private let seconds: () -> Double
  private var phase = Phase.other
  private var entered: Double
  private var spent: [Phase: Double] = [:]
  private var tokens = 0

  /// - Parameter seconds: a clock that never goes back.
  public init(seconds: @escaping () -> Double) {
    self.seconds = seconds
    entered = seconds()
  }

  /// A timer whose clock stands still.
  public static var stopped: StepTimer { StepTimer { 0 } }

  /// From now on, time belongs to this phase.
  ///
  /// - Returns: the phase until now.
  @discardableResult
  public func enter(_ next: Phase) -> Phase {
    let (now, before) = (seconds(), phase)
    spent[before, default: 0] += now - entered
    (entered, phase) = (now, next)
    return before
  }

  /// Counts the time of `body` in a phase.
  public func measure<Result>(_ phase: Phase, _ body: () throws -> Result) rethrows -> Result {
    let before = enter(phase)
    defer { enter(before) }
    return try body()
  }

  /// Counts tokens for `tokens_per_second`.
  public func count(tokens: Int) { self.tokens += tokens }

  /// The timing metrics since the last call.
  public func take() -> [String: Double] {
    enter(phase)
    let total = spent.values.reduce(0, +)
    var metrics = ["step_time": total]
    if tokens > 0 { metrics["tokens_per_second"] = Double(tokens) / max(total, 1e-9) }
    for (phase, seconds) in spent where seconds > 0 { metrics["time/\(phase.rawValue)"] = seconds }
    (spent, tokens) = ([:], 0)
    return metrics
  }
}

extension StepTimer {
  /// The metrics of `take`: costs, which are compared but get no verdict.
  public static let metrics: [MetricDescription] = [
    MetricDescription(
      "step_time", isTiming: true, unit: "s", "Wall time of a step, saving included."),
    MetricDescription(
      "tokens_per_second", isTiming: true, unit: "tokens/s",
      "Tokens sampled or trained in a second of wall time."),
    MetricDescription(
      "time/{phase}", isTiming: true, unit: "s",
      """
      Part of step_time: prefill, decode, rewards, reference, forward, backward, update, store, \
      other.
      """),
  ]
}

/// Whether a metric measures time and is left out of every comparison of results.
public func isTiming(_ metric: String) -> Bool {
  StepTimer.metrics.contains { $0.matches(metric) }
}
