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

  /// Seconds that `steps` more steps take, by the median of the recent ones; nil before the third.
  func remaining(steps: Int) -> Double? {
    guard recent.count >= 3 else { return nil }
    let sorted = recent.sorted()
    let middle = sorted.count / 2
    let median = sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    return median * Double(max(steps, 0))
  }
}
