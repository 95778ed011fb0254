import Testing

@testable import Insight

@Suite("Table of an evaluation")
struct EvaluationTableTests {
  @Test("all rows and each set have a line; what nobody measured has no column")
  func table() {
    let table = EvaluationTable([
      "items": 30, "pass@1": 0.5, "pass@1/low": 0.3, "pass@1/high": 0.7, "maj@4": 0.6,
      "maj@16": 0.65, "accuracy/strict": 0.4, "accuracy/lenient": 0.55,
      "completions/mean_length": 12.25, "rewards/accuracy/mean": 0.5,
      "rewards/helpful_rm/mean": -0.125, "win_rate": 0.625, "win_rate/low": 0.5,
      "win_rate/high": 0.75, "aime/items": 10, "aime/pass@1": 0.25,
      "aime/completions/mean_length": 20, "sets/pass@1": 0.4,
    ])
    #expect(
      table.table.render() == """
        set   rows           pass@1 %  strict  lenient  maj@4  maj@16  length  helpful_rm         win rate %
        all     30  50.0 [30.0, 70.0]    40.0     55.0   60.0    65.0   12.25     -0.1250  62.5 [50.0, 75.0]
        aime    10               25.0                                      20
        """)
  }
}
