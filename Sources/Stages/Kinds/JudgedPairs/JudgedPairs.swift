import Datasets
import Neural
import Recipes
import Settings
import Statistics
import Tasks
import Trace
import Workflow

/// Samples replies to prompts, has pairs of them judged several times with their order swapped, and keeps
/// those whose gap is wide enough: data for a reward model.
///
/// DeepSeek-R1's helpful reward model learnt from such pairs: four verdicts each with the replies
/// in random order, gaps above 1 (Guo et al., Nature 645, Methods).
struct JudgedPairs: StageKind {
  struct Config: Configuration {
    var numGenerations = 4
    var judge = PairJudgeSpec()
    var numJudgments = 4
    var minGap = 1.0
    var maxPairsPerPrompt: Int?
    var keepTruncated = false
    var promptsPerStep = 32
    var sampling = SamplingConfiguration()

    static let fields: [Field<Self>] =
      [
        Field(
          "num_generations", \.numGenerations, range: 2...64, unit: "completions",
          "Replies per prompt; every two of them form a pair."),
        Field("judge", \.judge, "The judge that decides which reply of a pair is better."),
        Field(
          "num_judgments", \.numJudgments, range: 1...1024, unit: "judgements",
          """
          How often a pair is judged, with the order of its replies swapped each time; a reward \
          model judges once, since it sees no order.
          """),
        Field(
          "min_gap", \.minGap, range: 0...1e6,
          "Keep pairs whose mean verdict is further from 0 than this."),
        Field(
          "max_pairs_per_prompt", \.maxPairsPerPrompt, range: 1...1e6, unit: "pairs",
          "Judge at most this many pairs per prompt, the first; null: all."),
        Field(
          "keep_truncated", \.keepTruncated,
          "Also use replies truncated at "
            + "max_completion_length."),
        Field(
          "prompts_per_step", \.promptsPerStep, range: 1...65_536, unit: "prompts",
          "Prompts between two points at which the stage can be resumed."),
      ] + SamplingConfiguration.fields.map { $0.lifted(to: \.sampling) }

    var problems: [ConfigProblem] { judge.problems }
  }

  static let name = "judged_pairs"
  static let revision = 2
  static let samples = true
  static let summary = "Samples replies and has pairs of them judged, as data for a reward model."
  static let inputs = [
    InputPort("model", .model, "The model that writes the replies."),
    InputPort("data", .dataset, multiple: true, "Prompts."),
    InputPort(
      "reward_model", .rewardModel, required: false, "The reward model for judge."),
    InputPort(
      "judge_model", .model, required: false, "The model that answers judge's template."),
  ]
  static let outputs = [
    OutputPort(
      "data", .dataset, "Pairs of a chosen and a rejected reply, with their gap as margin.")
  ]

  static func run(_ config: Config, in context: any StageContext) throws -> StageOutput {
    let judge = try config.judge.judge(in: context)
    let sampling = try PromptSampling(config.sampling, in: context)
    var pairs = try PairCollection(resuming: context.resumePoint)
    let steps = PromptSteps(sampling.prompts, of: config.promptsPerStep)
    try sampling.eachStep(steps, count: config.numGenerations) {
      pairs
    } _: { step, rollouts in
      let candidates = pairs.candidates(rollouts, config)
      let judgments = try judgments(of: candidates, judge, config, step: step, in: context)
      for (pair, scores) in zip(candidates, judgments) { pairs.add(pair, scores, config) }
      context.record(
        step: step, RolloutMetrics(rollouts, names: []).values.merging(pairs.metrics) { $1 })
    }
    context.log(pairs.kept.summary)
    return StageOutput([
      "data": try pairs.kept.artifact(
        remedy: "lower min_gap, raise num_generations or temperature, or check the judge")
    ])
  }

  /// The judge's scores of each pair, always for the first reply against the second; nil if it gave
  /// no score.
  private static func judgments(
    of pairs: [(Rollout, Rollout)], _ judge: any PairJudge, _ config: Config, step: Int,
    in context: any StageContext
  ) throws -> [[Double?]] {
    let trials = judge.seesOrder ? config.numJudgments : 1
    let shown = pairs.flatMap { first, second in
      (0..<trials).map { trial in
        let isSwapped = !trial.isMultiple(of: 2)
        return ShownPair(
          row: first.prompt.row, first: .init(isSwapped ? second : first),
          second: .init(isSwapped ? first : second), trial: trial)
      }
    }
    let outcomes = try context.timer.measure(.rewards) {
      try judge.judge(shown, step: step, in: context)
    }
    return pairs.indices.map { place in
      (0..<trials).map { trial in
        outcomes[place * trials + trial].score.map { trial.isMultiple(of: 2) ? $0 : -$0 }
      }
    }
  }
}

extension JudgedPairs {
  static let metrics: [MetricDescription] =
    [
      MetricDescription("replies", unit: "completions", basis: .sampled, "Replies sampled so far."),
      MetricDescription(
        "replies_truncated", better: .lower, unit: "completions", basis: .sampled,
        "Replies left out because they were truncated at max_completion_length."),
      MetricDescription("rows", unit: "pairs", basis: .sampled, "Pairs processed so far."),
      MetricDescription(
        "judge/order_agreement", better: .higher, isShare: true, basis: .sampled,
        "How often a judge gives the same verdict on a pair in both orders."),
      MetricDescription(
        "judge/mean_gap", basis: .sampled, "Mean verdict on the kept pairs."),
      MetricDescription(
        "chosen_length", unit: "tokens", basis: .sampled, "Mean length of chosen replies."),
      MetricDescription(
        "rejected_length", unit: "tokens", basis: .sampled, "Mean length of rejected replies."),
    ] + RowCollection.metrics(.sampled, unit: "pairs", of: "rows") + RolloutMetrics.completions
}
