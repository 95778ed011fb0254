import Testing

@testable import Reports

@Suite("Rates and estimates")
struct RateMeterTests {
  @Test("nothing is said before five steps were timed")
  func warmUp() {
    var meter = RateMeter()
    for step in 0..<5 { meter.note(step: step, seconds: Double(step) * 2) }
    #expect(meter.secondsPerStep == nil)
    meter.note(step: 5, seconds: 10)
    #expect(meter.secondsPerStep == 2)
    #expect(meter.remaining(of: 20) == 30)
  }

  @Test("one slow step does not move the estimate")
  func outlier() {
    var meter = RateMeter()
    var clock = 0.0
    for step in 0..<12 {
      clock += step == 6 ? 100 : 1
      meter.note(step: step, seconds: clock)
    }
    #expect(meter.secondsPerStep == 1)
  }

  @Test("steps that arrive in jumps count each")
  func jumps() {
    var meter = RateMeter()
    for jump in 0...6 { meter.note(step: jump * 10, seconds: Double(jump) * 5) }
    #expect(meter.secondsPerStep == 0.5)
    #expect(meter.remaining(of: 60) == 0)
  }
}
