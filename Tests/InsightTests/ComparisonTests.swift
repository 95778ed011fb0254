import Foundation
import Randomness
import Recipes
import Settings
import Statistics
import Testing

@testable import Insight

@Suite("Comparison")
struct ComparisonTests {
  private static let declared = [
    MetricDescription("pass@1", better: .higher, isShare: true, hasItems: true, "Accuracy."),
    MetricDescription("eval_loss", better: .lower, "A loss."),
    MetricDescription("eval_ece", better: .lower, isShare: true, "An error."),
    MetricDescription("rewards/{reward}/mean", better: .higher, "A mean."),
    MetricDescription("refusal_rate", isShare: true, "Refusals."),
    MetricDescription("step_time", isTiming: true, unit: "s", "Time."),
  ]

  private static func metric(_ text: String) throws -> ComparedMetric {
    let (stage, name) = try #require(ComparedMetric.parts(text))
    return ComparedMetric(
      stage: stage, name: name, declared: declared.first { $0.matches(name) })
  }

  /// A side with one value a seed, from seed 0 on.
  private static func side(_ label: String, _ values: [Double]) -> Contestant {
    Contestant(
      label: label,
      scores: Dictionary(
        uniqueKeysWithValues: values.enumerated().map {
          ($0, .init(run: "\(label)\($0)", value: $1))
        }))
  }

  /// Right and wrong answers of a variant: `rate` of the items, others for each seed.
  private static func variant(
    _ label: String, rate: Double, seeds: [Int], items: Int = 300, obstacles: [String] = []
  ) -> Contestant {
    Contestant(
      label: label,
      scores: Dictionary(
        uniqueKeysWithValues: seeds.map { seed in
          var stream = RandomStream(seed: 40, UInt64(seed))
          let scores = (0..<items).map { ($0, stream.uniform() < rate ? 1.0 : 0) }
          let mean = scores.reduce(0) { $0 + $1.1 } / Double(items)
          return (
            seed,
            Contestant.Score(
              run: "\(label)\(seed)", value: mean,
              items: Dictionary(uniqueKeysWithValues: scores), isBinary: true)
          )
        }), differences: label == "base" ? [] : ["sft.learning_rate 1 -> 2"], obstacles: obstacles)
  }

  @Test("a clear gain over three seeds is better, a hair's breadth is not resolved")
  func verdicts() throws {
    let comparison = Comparison(
      [
        Self.variant("base", rate: 0.4, seeds: [1, 2, 3]),
        Self.variant("large", rate: 0.6, seeds: [1, 2, 3]),
        Self.variant("small", rate: 0.405, seeds: [1, 2, 3]),
        Self.variant("worse", rate: 0.2, seeds: [1, 2, 3]),
      ], metric: try Self.metric("evaluate.pass@1"), baseline: 0)
    #expect(comparison.lines.map(\.verdict) == [nil, .better, .notResolved, .worse])
    let large = try #require(comparison.lines[1].difference)
    #expect(large.method == .seedsAndItems && large.degrees == 2)
    #expect(large.low > 0 && large.low < large.mean && large.mean < large.high)
    let corrected = try #require(comparison.lines[1].pValue)
    #expect(corrected >= large.pValue)
    #expect(comparison.lines[2].score?.method == "t-seeds-and-items")
    #expect(comparison.warnings == ["3 variants were tested; p is corrected for that (Holm)"])
  }

  @Test("one seed is tested over items, and the reader is told")
  func oneSeed() throws {
    let comparison = Comparison(
      [
        Self.variant("base", rate: 0.4, seeds: [1]), Self.variant("large", rate: 0.7, seeds: [1]),
      ], metric: try Self.metric("evaluate.pass@1"), baseline: 0)
    let line = comparison.lines[1]
    #expect(line.difference?.method == .mcnemar && line.sharedItems == 300)
    #expect(line.verdict == .better && line.score?.method == "wilson")
    #expect(
      comparison.warnings == [
        "base has one training seed: its interval covers only evaluation noise",
        "large has one training seed: its interval covers only evaluation noise",
      ])
  }

  @Test("another evaluation is not tested against, and items that differ are left out and counted")
  func comparability() throws {
    let metric = try Self.metric("evaluate.pass@1")
    let base = Self.variant("base", rate: 0.4, seeds: [1, 2])
    let other = Comparison(
      [base, Self.variant("x", rate: 0.9, seeds: [1, 2], obstacles: ["temperature 0 -> 1"])],
      metric: metric, baseline: 0)
    #expect(other.lines[1].verdict == .notComparable && other.lines[1].difference == nil)
    #expect(other.warnings.contains("x: not comparable, since temperature 0 -> 1"))
    let fewer = Comparison(
      [base, Self.variant("y", rate: 0.9, seeds: [1, 2], items: 200)], metric: metric,
      baseline: 0)
    #expect(fewer.lines[1].sharedItems == 200 && fewer.lines[1].droppedItems == 100)
  }

  @Test("where nothing differs, the number of items says how much that means")
  func nothingDiffers() throws {
    for seeds in [[1], [1, 2, 3]] {
      let comparison = Comparison(
        [
          Self.variant("base", rate: 0, seeds: seeds), Self.variant("same", rate: 0, seeds: seeds),
        ], metric: try Self.metric("evaluate.pass@1"), baseline: 0)
      let line = comparison.lines[1]
      #expect(line.verdict == .notResolved && line.pValue == 1)
      #expect(line.difference?.method == .ruleOfThree)
      #expect(line.difference?.low == -0.01 && line.difference?.high == 0.01)
      #expect(line.score?.method == "wilson" && line.score?.low == 0)
      #expect(try #require(line.score?.high) > 0.01)
    }
  }

  @Test("a loss has no items: seeds are the unit, and less is better")
  func losses() throws {
    let metric = try Self.metric("sft.eval_loss")
    let comparison = Comparison(
      [
        Self.side("base", [2.0, 2.1, 1.95]), Self.side("low", [1.5, 1.58, 1.46]),
        Self.side("one", [2.0]),
      ],
      metric: metric, baseline: 0)
    #expect(comparison.lines.map(\.verdict) == [nil, .better, .notResolved])
    #expect(comparison.lines[1].difference?.method == .seeds)
    #expect(comparison.lines[2].difference == nil)
  }

  @Test(
    "which way is better is declared; a timing is not judged, and neither is what has no direction")
  func directions() throws {
    let sides = [Self.side("base", [0.2, 0.21, 0.195]), Self.side("more", [0.5, 0.52, 0.49])]
    for (metric, verdict) in [
      ("rm.eval_ece", Comparison.Verdict.worse), ("rm.eval_loss", .worse),
      ("evaluate.rewards/x/mean", .better), ("evaluate.refusal_rate", .higher),
      ("evaluate.unknown", .higher), ("rl.step_time", .notJudged),
    ] {
      let comparison = Comparison(sides, metric: try Self.metric(metric), baseline: 0)
      #expect(comparison.lines[1].verdict == verdict, "\(metric)")
      let back = Comparison(sides, metric: try Self.metric(metric), baseline: 1)
      #expect(back.lines[0].verdict != verdict || verdict == .notJudged, "\(metric)")
    }
    let timing = Comparison(sides, metric: try Self.metric("rl.step_time"), baseline: 0)
    #expect(
      timing.warnings == [
        "rl.step_time measures time: it depends on the machine and its load and gets no verdict"
      ])
  }

  @Test("the interval of a share ends at 0 and 1, whatever its name")
  func shares() throws {
    let sides = [Self.side("base", [0.01, 0.02, 0.2]), Self.side("other", [0.99, 0.7, 1])]
    let share = Comparison(sides, metric: try Self.metric("rm.eval_ece"), baseline: 0)
    #expect(share.lines[0].score?.low == 0 && share.lines[1].score?.high == 1)
    let mean = Comparison(sides, metric: try Self.metric("e.rewards/x/mean"), baseline: 0)
    #expect(try #require(mean.lines[0].score?.low) < 0)
    #expect(try #require(mean.lines[1].score?.high) > 1)
    let alone = Contestant(
      label: "alone", scores: [1: .init(run: "a", value: 0.5, low: 0.3, high: 0.7)])
    let recorded = Comparison([alone], metric: try Self.metric("rm.eval_ece"), baseline: 0)
    #expect(recorded.lines[0].score?.low == 0.3 && recorded.lines[0].score?.method == "recorded")
  }

  @Test("what is not resolved says what would be seen, sides say their runs, a narrow table fits")
  func words() throws {
    let comparison = Comparison(
      [
        Self.variant("base", rate: 0.4, seeds: [1, 2, 3]),
        Self.variant("small", rate: 0.405, seeds: [1, 2, 3]),
      ], metric: try Self.metric("evaluate.pass@1"), baseline: 0, notes: ["a note"])
    let text = comparison.text(.table)
    let part = "small: not resolved: 3 seeds could show a difference of "
    #expect(text.contains(part) && text.contains(" % or more; about "))
    #expect(text.contains(" seeds would resolve this one\n"))
    #expect(text.contains("base: runs base1 (seed 1), base2 (seed 2), base3 (seed 3)\n"))
    #expect(text.contains("! a note"))
    let scores = comparison.text(.table, width: 80, scores: true)
    #expect(scores.contains("base: runs base1 (seed 1: "))
    #expect(scores.contains("small differs in sft.learning_rate 1 -> 2\n"))
    let lines = scores.split(separator: "\n").map(String.init)
    #expect(lines.prefix(3).allSatisfy { $0.count <= 100 })
    #expect(!scores.hasPrefix("variant  differs in"))
  }

  @Test("the table, Markdown, CSV and JSON say the same")
  func formats() throws {
    let comparison = Comparison(
      [
        Self.variant("base", rate: 0.4, seeds: [1, 2, 3]),
        Self.variant("a,b", rate: 0.6, seeds: [1, 2, 3]),
      ], metric: try Self.metric("evaluate.pass@1"), baseline: 0)
    let table = comparison.text(.table).split(separator: "\n")
    #expect(table[0].hasPrefix("variant  differs in"))
    #expect(table[2].contains("better") && table[2].contains("sft.learning_rate 1 -> 2"))
    #expect(comparison.text(.md).hasPrefix("| variant | differs in | seeds | evaluate.pass@1 |"))
    #expect(comparison.text(.csv).contains("\"a,b\",3,"))
    let document = try #require(
      JSONSerialization.jsonObject(with: Data(comparison.text(.json).utf8)) as? [String: Any])
    #expect(document["baseline"] as? String == "base")
    let variants = try #require(document["variants"] as? [[String: Any]])
    let difference = try #require(variants[1]["difference"] as? [String: Any])
    #expect(difference["method"] as? String == "t-seeds-and-items")
    #expect(difference["mean"] as? Double == comparison.lines[1].difference?.mean)
    #expect(variants[0]["difference"] is NSNull)
  }

  @Test("what is compared is spelt STAGE.METRIC")
  func metricNames() throws {
    #expect(try Self.metric("evaluate.pass@1").name == "pass@1")
    #expect(try Self.metric("eval.rewards/accuracy/mean").stage == "eval")
    for text in ["pass@1", ".x", "x.", ""] { #expect(ComparedMetric.parts(text) == nil) }
  }
}
