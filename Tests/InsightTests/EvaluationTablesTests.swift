import Testing

@testable import Insight

@Suite("Evaluations side by side")
struct EvaluationTablesTests {
  @Test("a table for each set, with the figures that any model has")
  func sets() {
    let tables = EvaluationTables([
      (
        "eval_base",
        [
          "pass@1": 0.2, "sets/pass@1": 0.15, "math/pass@1": 0.1824, "math/pass@1/low": 0.16,
          "math/pass@1/high": 0.2, "math/maj@16": 0.32, "math/completions/mean_length": 19.09,
          "math/rewards/accuracy/mean": 0.18, "chat/pass@1": 0.5, "step_time": 3,
        ]
      ),
      (
        "eval_r1",
        [
          "math/pass@1": 0.9, "math/maj@16": 1, "math/completions/mean_length": 40,
          "chat/pass@1": 0.75, "chat/rewards/rm/mean": 1.5,
        ]
      ),
    ])
    #expect(
      tables.text.joined(separator: "\n") == """

        evaluations on chat
        stage      pass@1 %     rm
        eval_base      50.0
        eval_r1        75.0  1.500

        evaluations on math
        stage               pass@1 %  maj@16  length
        eval_base  18.2 [16.0, 20.0]    32.0   19.09
        eval_r1                 90.0   100.0      40
        """)
  }

  @Test("evaluations of one set need no name")
  func single() {
    let tables = EvaluationTables([("a", ["pass@1": 0.5]), ("b", ["pass@1": 0.25])])
    #expect(
      tables.text == ["\nevaluations\nstage  pass@1 %\na          50.0\nb          25.0"])
  }
}
