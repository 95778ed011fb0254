import Settings
import Testing

@testable import Recipes

@Suite struct StagePolicyTests {
  @Test(
    "conditions are read as written",
    arguments: [
      ("kl > 0.5", "kl", ">", MetricCondition.Bound.number(0.5), 1),
      ("entropy <= 1e-3 for 3", "entropy", "<=", .number(0.001), 3),
      (
        "pass@1/low >= dev0.pass@1 - 0.05", "pass@1/low", ">=",
        .metric(stage: "dev0", name: "pass@1", plus: -0.05), 1
      ),
      ("loss < a.loss", "loss", "<", .metric(stage: "a", name: "loss", plus: 0), 1),
      (
        "clip_ratio/low_mean < -2 for 10", "clip_ratio/low_mean", "<", .number(-2), 10
      ),
    ])
  func reads(
    _ text: String, metric: String, comparison: String, bound: MetricCondition.Bound, times: Int
  ) throws {
    let condition = try MetricCondition(text)
    #expect(condition.metric == metric && condition.comparison.rawValue == comparison)
    #expect(condition.bound == bound && condition.times == times)
  }

  @Test(
    "what is no condition is refused",
    arguments: [
      "", "kl", "kl 0.5", "kl = 0.5", "kl > nan", "kl > many", "0.5 < kl", "kl > 0.5 for",
      "kl > 0.5 for 0", "kl > dev.pass@1 * 2", "kl > dev. - 1", "kl > .a", "kl > 1 + 2",
    ])
  func refuses(_ text: String) {
    #expect(throws: MetricCondition.Mistake.self) { try MetricCondition(text) }
  }

  @Test(
    "a policy's mistakes are located in the recipe",
    arguments: [
      (
        "stop_if: [kl]",
        "9:14: 'stop_if': 'kl' is not a condition; write METRIC, one of < <= > >=, and a number: "
          + "kl > 0.5"
      ),
      ("warn_if: [kl > dev.kl]", "9:14: 'warn_if': 'kl > dev.kl': compare with a number"),
      (
        "promote_if: [loss < 1 for 2]",
        "9:17: 'promote_if': 'loss < 1 for 2': 'for' has no effect, since only the last value "
          + "counts"
      ),
      ("promote_if: [loss < evl.loss]", "9:17: there is no stage 'evl'"),
      ("needs: [$dev]", "9:13: there is no stage 'dev'"),
      ("needs: $s", "9:12: stage 's' needs itself"),
      (
        "needs: dev", "9:12: 'needs' takes stages, such as $evaluate, not the string 'dev'"
      ),
      (
        "on_divergnce: fail",
        "9:5: unknown key 'on_divergnce' in a stage of kind 'sft'; did you mean 'on_divergence'?"
      ),
    ])
  func located(_ setting: String, message: String) {
    #expect(Fixture.messages(Fixture.stage(setting)) == [message])
  }

  @Test("what a policy says is kept with a run, and orders the stages")
  func stored() throws {
    let text = Fixture.recipe.replacing(
      "evaluate: { kind: evaluate, model: $second, data: $rows }",
      with: """
        evaluate:
            { kind: evaluate, model: $second, data: $rows, timeout: 60, warn_if: [kl > 1],
              promote_if: [pass@1 >= first.pass@1 - 0.1], needs: [$rejection] }
          first: { kind: evaluate, model: $base, data: $rows }
        """)
    let recipe = try Fixture.load(text)
    #expect(recipe.stages.map(\.name).suffix(2) == ["first", "evaluate"])
    let stage = try #require(recipe.stages.last)
    #expect(stage.needs == ["rejection", "first"] && stage.policy.timeout == 60)
    #expect(try Recipe(json: recipe.json, catalog: Fixture.catalog) == recipe)
  }

  @Test("only what is done about a divergence is part of the key, and only if something is")
  func keyed() throws {
    func key(_ setting: String) throws -> StageKey? {
      try Fixture.load(Fixture.stage(setting)).keys(
        catalog: Fixture.catalog, files: [:], numerics: [:])["s"]
    }
    let plain = try #require(try key("packing: true"))
    for setting in [
      "timeout: 5", "warn_if: [kl > 1]", "stop_if: [kl > 1]", "promote_if: [loss < 1]",
      "max_rollbacks: 7", "on_divergence: fail",
    ] { #expect(try key(setting) == plain, "\(setting)") }
    let skip = try #require(try key("on_divergence: rollback_and_skip"))
    #expect(skip.differences(from: plain).first?.contains("on_divergence is new") == false)
    #expect(
      skip.differences(from: plain).contains { $0 == "on_divergence is new: rollback_and_skip" })
    #expect(
      try key("on_divergence: rollback_and_skip\n    max_rollbacks: 5")?.differences(from: skip)
        == ["max_rollbacks 3 -> 5"])
  }
}
