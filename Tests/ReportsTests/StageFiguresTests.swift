import Testing

@testable import Reports

@Suite("Figures of a stage")
struct StageFiguresTests {
  @Test("a trend goes from the mean of the first values to that of the last")
  func trend() {
    let losses = (0..<20).map { Double(20 - $0) }
    #expect(StageFigures(["loss": losses]).text == "loss 18.50 -> 2.500")
    #expect(StageFigures(["loss": [0.25]]).text == "loss 0.2500")
  }

  @Test("an accuracy comes as a percentage with its interval")
  func interval() {
    let figures = StageFigures(["pass@1": [0.412], "pass@1/low": [0.369], "pass@1/high": [0.455]])
    #expect(figures.text == "pass@1 41.2 % [36.9, 45.5]")
    let held = ["eval_accuracy": [0.5, 0.75], "eval_accuracy/low": [0.2, 0.5]]
    #expect(StageFigures(held).text == "eval_accuracy 75.0 %")
    #expect(StageFigures(["pass@1": [1]]).text == "pass@1 100.0 %")
  }

  @Test("a filter says how much it kept; nothing known is nothing said")
  func kept() {
    #expect(StageFigures(["samples": [128], "kept": [40]]).text == "kept 40 of 128")
    #expect(StageFigures(["samples": [128]]).text == "kept 0 of 128")
    #expect(StageFigures(["rows": [9], "kept": [8]]).text == "kept 8 of 9")
    #expect(StageFigures([:]).text.isEmpty)
  }
}
