import Recipes
import Settings
import Testing

@testable import Insight

@Suite("Figures of a stage")
struct StageFiguresTests {
  private let declared = [
    MetricDescription("loss", headline: .loss, "A loss."),
    MetricDescription("pass@1", isShare: true, headline: .last, "A share."),
    MetricDescription("eval_accuracy", isShare: true, headline: .last, "A share."),
    MetricDescription("kept", headline: .outOf("samples"), "A count."),
    MetricDescription("samples", "All."),
  ]

  private func text(_ values: [String: [Double]]) -> String {
    StageFigures(declared: declared) { values[$0] ?? [] }.figures
      .map { "\($0.name) \($0.text)" }.joined(separator: ", ")
  }

  @Test("a trend goes from the mean of the first values to that of the last")
  func trend() {
    let losses = (0..<20).map { Double(20 - $0) }
    #expect(text(["loss": losses]) == "loss 18.50 -> 2.500")
    #expect(text(["loss": [0.25]]) == "loss 0.2500")
    #expect(text(["loss": [-1.79e-16, 2.82e-7]]) == "loss 0.0000 -> 0.0000")
  }

  @Test("an accuracy comes as a percentage with its interval")
  func interval() {
    let figures = text(["pass@1": [0.412], "pass@1/low": [0.369], "pass@1/high": [0.455]])
    #expect(figures == "pass@1 41.2 % [36.9, 45.5]")
    let held = ["eval_accuracy": [0.5, 0.75], "eval_accuracy/low": [0.2, 0.5]]
    #expect(text(held) == "eval_accuracy 75.0 %")
    #expect(text(["pass@1": [1]]) == "pass@1 100.0 %")
  }

  @Test("a filter says how much it kept; nothing known is nothing said")
  func kept() {
    #expect(text(["samples": [128], "kept": [40]]) == "kept 40 of 128")
    #expect(text(["samples": [128]]) == "kept 0 of 128")
    #expect(text([:]).isEmpty)
  }
}
