import Testing

@testable import Workflow

@Suite struct CheckpointPolicyTests {
  /// Saves made in `seconds` of steps of `step` seconds, each save costing `cost`.
  private func saves(
    _ policy: CheckpointPolicy, step: Double, cost: Double, seconds: Double
  ) -> [Double] {
    var policy = policy
    var now = 0.0
    var times: [Double] = []
    while now < seconds {
      now += step
      guard policy.isDue(at: now) else { continue }
      now += cost
      policy.saved(at: now, cost: cost)
      times.append(now)
    }
    return times
  }

  @Test("cheap saves come no more often than the minimum")
  func cheap() {
    let times = saves(CheckpointPolicy(start: 0), step: 1, cost: 0.001, seconds: 200)
    #expect(times.count == 9 || times.count == 10)
  }

  @Test("dearer saves take at most one part in a hundred", arguments: [0.3, 0.5, 2.0])
  func share(cost: Double) {
    let times = saves(CheckpointPolicy(start: 0), step: 1, cost: cost, seconds: 10_000)
    #expect(Double(times.count) * cost <= 0.0101 * 10_000 + cost)
    #expect(times.count > 10)
  }

  @Test("however dear, five minutes are never lost")
  func rare() {
    let times = saves(CheckpointPolicy(start: 0), step: 1, cost: 30, seconds: 10_000)
    let gaps = zip(times.dropFirst(), times).map { $0 - $1 }
    #expect((gaps.max() ?? 0) <= 300 + 1 + 30)
    #expect(gaps.min() ?? 0 >= 300)
  }

  @Test("a minimum of nothing saves at every step")
  func always() {
    let times = saves(CheckpointPolicy(minimum: 0, start: 0), step: 1, cost: 2, seconds: 30)
    #expect(times.count == 10)
  }

  @Test("what a save takes in the background counts as well")
  func background() {
    var policy = CheckpointPolicy(start: 0)
    policy.saved(at: 100, cost: 0.1)
    #expect(policy.isDue(at: 120))
    policy.spent(0.5)
    #expect(!policy.isDue(at: 159) && policy.isDue(at: 160))
    policy.saved(at: 160, cost: 0.1)
    #expect(policy.isDue(at: 180))
  }

  @Test("the rest of a stage is told by the median of recent steps")
  func eta() {
    var clock = StepClock(start: 10)
    #expect(clock.remaining(steps: 5, at: 12) == nil)
    clock.stepDone(at: 11)
    #expect(clock.remaining(steps: 5, at: 11) == 5, "one step is a basis")
    #expect(clock.remaining(steps: 5, at: 11.25) == 4.75, "the step at work counts as it goes")
    #expect(clock.remaining(steps: 5, at: 90) == 4, "and takes no less than it should have")
    for now in [12.0, 113] { clock.stepDone(at: now) }
    #expect(clock.remaining(steps: 5, at: 113) == 5)
    #expect(clock.elapsed(at: 113) == 103)
    for now in stride(from: 115.0, through: 155, by: 2) { clock.stepDone(at: now) }
    #expect(clock.remaining(steps: 5, at: 155) == 10)
    #expect(clock.remaining(steps: -1, at: 156) == 0)
  }
}
