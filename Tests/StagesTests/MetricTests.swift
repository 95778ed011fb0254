import JSON
import Recipes
import Settings
import Testing
import Workflow

@testable import Stages

@Suite("Declared metrics") struct MetricTests {
  private static let kinds = builtInStages.recipes.kinds

  @Test("every kind declares what it reports, timings among it, each name once")
  func complete() {
    for kind in Self.kinds {
      #expect(kind.metrics.contains { $0.isTiming } && kind.metrics.contains { !$0.isTiming })
      #expect(Set(kind.metrics.map(\.name)).count == kind.metrics.count, "\(kind.name)")
      for metric in kind.metrics {
        #expect(metric.summary.hasSuffix("."), "\(kind.name) \(metric.name)")
        #expect(!metric.isTiming || metric.better == .neither, "\(metric.name)")
      }
    }
  }

  @Test("what a metric depends on are settings and inputs of its kind, or of a like one")
  func bases() throws {
    // Lengths are declared once for every kind that samples.
    let settings = Set(Self.kinds.flatMap(\.fields).map(\.name))
      // A method that a key may name.
      .union(["divergence"])
    let ports = Set(Self.kinds.flatMap(\.inputs).map(\.name))
    for metric in Self.kinds.flatMap(\.metrics) {
      switch metric.basis {
      case .nothing: break
      case .everything(let but): #expect(ports.isSuperset(of: but))
      case .only(let names, let inputs), .reward(_, let names, let inputs):
        #expect(settings.isSuperset(of: names), "\(metric.name)")
        #expect(ports.isSuperset(of: inputs), "\(metric.name)")
      }
    }
  }

  /// What a name must be, by a second list that is not the declarations.
  @Test("directions of all names that a person may ask for")
  func directions() throws {
    let lower = [
      ("sft", "loss"), ("sft", "eval_loss"), ("pretrain", "eval_loss"), ("distill", "loss"),
      ("reward_model", "loss"), ("reward_model", "eval_loss"), ("reward_model", "eval_ece"),
      ("reward_model", "dropped/max_length"), ("grpo", "kl"),
      ("grpo", "frac_reward_zero_std"), ("grpo", "completions/clipped_ratio"),
      ("grpo", "completions/repetition"), ("grpo", "eval_completions/repetition"),
      ("grpo", "clip_ratio/region_mean"), ("grpo", "rewards/accuracy/errors"),
      ("grpo", "eval_rewards/accuracy/abstained"), ("evaluate", "completions/clipped_ratio"),
      ("evaluate", "math/completions/clipped_ratio"), ("evaluate", "items_not_judged"),
      ("evaluate", "win_rate/not_judged"), ("filter", "dropped/duplicate"),
      ("rejection_sampling", "dropped/not_judged"), ("rejection_sampling", "judge/undecided"),
      ("judged_pairs", "replies_truncated"),
    ]
    let higher = [
      ("evaluate", "pass@1"), ("evaluate", "pass@16"), ("evaluate", "math/maj@8"),
      ("evaluate", "r1.math.data/pass@1"), ("evaluate", "sets/pass@1"),
      ("evaluate", "win_rate"), ("evaluate", "format_rate"), ("evaluate", "accuracy/strict"),
      ("evaluate", "rewards/length/mean"), ("grpo", "reward"),
      ("grpo", "types/math/reward"), ("grpo", "rewards/format/mean"),
      ("grpo", "eval_rewards/format/mean"), ("grpo", "types/math/rewards/a/b/mean"),
      ("grpo", "accuracy/difficulty/3"), ("reward_model", "eval_accuracy"),
      ("reward_model", "eval_accuracy/low"), ("reward_model", "eval_margin"),
      ("rejection_sampling", "judge/rule_agreement"),
    ]
    let neither = [
      ("evaluate", "refusal_rate"), ("evaluate", "completions/mean_length"), ("grpo", "entropy"),
      ("grpo", "loss"), ("grpo", "reward_std"), ("grpo", "learning_rate"), ("sft", "grad_norm"),
      ("sft", "step_time"), ("grpo", "time/decode"), ("grpo", "tokens_per_second"),
      ("reward_model", "mean_reward"), ("filter", "kept"), ("human_review", "edited"),
    ]
    let expected: [([(String, String)], MetricDescription.Better)] = [
      (lower, .lower), (higher, .higher), (neither, .neither),
    ]
    for (names, better) in expected {
      for (kind, name) in names {
        let metric = try #require(
          builtInStages.recipes.kind(kind)?.metric(name), "\(kind) \(name)")
        #expect(metric.better == better, "\(kind) \(name)")
      }
    }
  }

  @Test("shares are declared as such, and what can leave 0 to 1 is none")
  func shares() throws {
    func isShare(_ kind: String, _ name: String) throws -> Bool {
      try #require(builtInStages.recipes.kind(kind)?.metric(name)).isShare
    }
    for name in [
      "pass@1", "maj@4", "win_rate", "refusal_rate", "rewards/accuracy/mean", "x/format_rate",
      "accuracy/lenient", "language_consistency", "completions/clipped_ratio",
    ] { #expect(try isShare("evaluate", name), "\(name)") }
    #expect(try isShare("reward_model", "eval_ece") && isShare("reward_model", "accuracy"))
    #expect(try !isShare("evaluate", "rewards/length/mean") && !isShare("grpo", "reward"))
    #expect(try !isShare("evaluate", "win_rate/not_judged") && !isShare("grpo", "kl"))
  }

  @Test("a name that no stage of a kind reports is told with the nearest right one")
  func mistakes() throws {
    func problem(_ kind: String, _ name: String) throws -> String? {
      let kind = try #require(builtInStages.recipes.kind(kind))
      return kind.problem(
        metric: name, Dictionary(kind.fields.map { ($0.name, $0.defaultValue) }) { $1 })
    }
    #expect(
      try problem("grpo", "kll")
        == "a stage of kind 'grpo' reports no metric 'kll'; did you mean 'kl'?")
    #expect(try problem("evaluate", "format")?.contains("'rewards/format/mean'") == true)
    #expect(
      try problem("grpo", "rewards/acuracy/mean")?.contains("'rewards/accuracy/mean'") == true)
    #expect(
      try problem("sft", "reward")
        == "a stage of kind 'sft' reports no metric 'reward'; "
        + "`regimen list metrics sft` has all of them")
    // k is [1] by default.
    #expect(try problem("evaluate", "pass@8") != nil && problem("evaluate", "pass@1/high") == nil)
    #expect(try problem("evaluate", "pass@1/hihg") != nil)
    #expect(try problem("evaluate", "math.data/pass@1") == nil)
    #expect(try problem("grpo", "step_time") == nil && problem("grpo", "time/decode") == nil)
  }
}
