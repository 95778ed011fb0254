/// Predicts the rest of a stage from its recent steps.
struct StepClock: Sendable {
  private let start: Double
  private var last: Double
  private var recent: [Double] = []

  init(start: Double) {
    self.start = start
    last = start
  }

  mutating func stepDone(at now: Double) {
    recent.append(now - last)
    if recent.count > 20 { recent.removeFirst() }
    last = now
  }

  func elapsed(at now: Double) -> Double { now - start }

  /// Seconds that `steps` more steps take at a moment, by the median of the recent ones; nil before the
  /// first.
  func remaining(steps: Int, at now: Double) -> Double? {
    guard !recent.isEmpty else { return nil }
    let sorted = recent.sorted()
    let middle = sorted.count / 2
    let median = sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    // The current step is as far as its time says, and never done before it is.
    return median * Double(max(steps, 0)) - min(max(now - last, 0), steps > 0 ? median : 0)
  }
}
