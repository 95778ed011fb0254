import Testing

@testable import Workflow

@Suite struct StepTimerTests {
  /// A clock that is read off a list, and then stands still.
  private func timer(_ times: [Double]) -> StepTimer {
    var rest = times[...]
    return StepTimer { rest.count > 1 ? rest.removeFirst() : rest.first ?? 0 }
  }

  @Test("each moment belongs to one phase, and the phases add up")
  func phases() {
    let timer = timer([0, 1, 3, 6, 10, 15, 15])
    timer.enter(.decode)  // at 1
    #expect(timer.enter(.rewards) == .decode)  // at 3
    timer.enter(.decode)  // at 6
    timer.measure(.update) {}  // from 10 to 15
    timer.count(tokens: 30)
    let expected: [String: Double] = [
      "time/other": 1, "time/decode": 6, "time/rewards": 3, "time/update": 5, "step_time": 15,
      "tokens_per_second": 2,
    ]
    #expect(timer.take() == expected)
    #expect(timer.take() == ["step_time": 0.0])
  }

  @Test("a phase ends when its work throws")
  func throwing() {
    struct Failure: Error {}
    let timer = timer([0, 1, 4, 5])
    #expect(throws: Failure.self) { try timer.measure(.forward) { throw Failure() } }
    let metrics = timer.take()
    #expect(metrics["time/forward"] == 3)
    #expect(metrics["time/other"] == 2)
  }

  @Test("timing metrics are known by their names")
  func names() {
    #expect(["step_time", "tokens_per_second", "time/decode"].allSatisfy(isTiming))
    #expect(!["loss", "timeout", "entropy"].contains(where: isTiming))
  }
}
