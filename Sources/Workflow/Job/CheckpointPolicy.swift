/// Decides when to save the next checkpoint, so that saving takes little of the time and a kill
/// loses little of it.
///
/// Seconds throughout, on a clock that only has to run forward.
struct CheckpointPolicy: Sendable, Hashable {
  /// Never more often than this; 0 saves at every step.
  var minimum = 20.0
  /// Never rarer, whatever it costs.
  var maximum = 300.0
  /// The share of the time that saving may take.
  var share = 0.01

  private(set) var interval: Double
  private var last: Double
  private var cost = 0.0

  init(minimum: Double = 20, maximum: Double = 300, share: Double = 0.01, start: Double) {
    self.minimum = minimum
    self.maximum = minimum == 0 ? 0 : max(minimum, maximum)
    self.share = share
    interval = minimum
    last = start
  }

  func isDue(at now: Double) -> Bool { now - last >= interval }

  /// Whether a save must not be put off any more.
  func isOverdue(at now: Double) -> Bool { now - last >= maximum }

  /// Notes a save that was handed over at `now` and held up the stage for `cost` seconds.
  mutating func saved(at now: Double, cost: Double) {
    last = now
    self.cost = 0
    spent(cost)
  }

  /// Notes seconds that the last save took from the stage afterwards.
  mutating func spent(_ cost: Double) {
    self.cost += cost
    interval = min(max(self.cost / share, minimum), maximum)
  }
}
