/// How fast steps go and how long the rest will take, from the steps seen so far.
///
/// The median of recent steps is taken, so that one slow step (a checkpoint, a neighbour on the
/// machine) does not make the estimate jump; nothing is said before the fifth step.
public struct RateMeter: Sendable {
  private var durations: [Double] = []
  private var last: (step: Int, seconds: Double)?
  private static let window = 32
  private static let warmUp = 5

  public init() {}

  /// Notes that `step` was done at `seconds` on any clock that only goes forward.
  public mutating func note(step: Int, seconds: Double) {
    defer { last = (step, seconds) }
    guard let last, step > last.step else { return }
    durations.append((seconds - last.seconds) / Double(step - last.step))
    if durations.count > Self.window { durations.removeFirst() }
  }

  /// Seconds a step, or nil while too few steps were seen.
  public var secondsPerStep: Double? {
    guard durations.count >= Self.warmUp else { return nil }
    return durations.sorted()[durations.count / 2]
  }

  /// Seconds for what is left of `total` steps, or nil while unknown.
  public func remaining(of total: Int) -> Double? {
    guard let secondsPerStep, let last else { return nil }
    return Double(max(0, total - last.step)) * secondsPerStep
  }
}
