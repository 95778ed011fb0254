import Testing

@testable import Neural

@Suite("Learning rate schedules")
struct LearningRateScheduleTests {
  @Test("factors are those of transformers' schedules")
  func golden() throws {
    for golden in try DecoderFixture.load().schedules {
      let schedule: LearningRateSchedule =
        switch golden.shape {
        case "constant": .constant(warmupSteps: golden.warmup)
        case "linear": .linear(warmupSteps: golden.warmup, floor: golden.floor)
        default: .cosine(warmupSteps: golden.warmup, floor: golden.floor)
        }
      for (step, factor) in golden.factors.enumerated() {
        #expect(abs(schedule.factor(step: step, of: golden.total) - factor) < 1e-7)
      }
    }
  }

  @Test("a line with a floor ends there, and stays there when training goes on")
  func floor() {
    let schedule = LearningRateSchedule.linear(warmupSteps: 2, floor: 0.25)
    #expect(schedule.factor(step: 2, of: 10) == 1)
    #expect(schedule.factor(step: 6, of: 10) == 0.625)
    #expect(schedule.factor(step: 10, of: 10) == 0.25)
    #expect(schedule.factor(step: 15, of: 10) == 0.25)
  }
}
