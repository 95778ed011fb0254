import Neural
import Recipes
import Settings
import Tasks
import Trace
import Workflow

/// A reward model as a judge: its score, or an abstention where there is nothing to read.
struct RewardModelJudge: Judge {
  let scorer: RewardScorer
  let normalizes: Bool

  func judge(_ samples: [JudgedSample], in context: JudgingContext) -> [RewardOutcome] {
    do {
      return try scorer.scores(samples.map(\.sample)).map { score in
        guard let score else { return .abstain("the text is empty") }
        guard score.isFinite else { return .error("\(scorer.name) gives the score \(score)") }
        return .score(normalizes ? scorer.normalized(score) : score)
      }
    } catch {
      // One text that its tokenizer cannot write must not spoil the others.
      return samples.count == 1
        ? [.error("\(scorer.name): \(error)")] : samples.flatMap { judge([$0], in: context) }
    }
  }

  /// The reward models that `reward_funcs` name, by their stages' names, each loaded once.
  static func scorers(
    for specs: [RewardSpec], among inputs: [StageInput], precision: Precision
  ) throws -> [String: RewardScorer] {
    try scorers(
      named: Set(specs.compactMap(\.rewardModel)), by: "reward_funcs", among: inputs,
      precision: precision)
  }

  /// - Parameter key: the recipe key that names them.
  static func scorers(
    named wanted: Set<String>, by key: String, among inputs: [StageInput], precision: Precision
  ) throws -> [String: RewardScorer] {
    let given = Dictionary(inputs.map { ($0.stage, $0) }) { first, _ in first }
    if let missing = wanted.filter({ given[$0] == nil }).min() {
      let hint = nearestName(to: missing, among: given.keys.sorted()).map {
        "; did you mean '\($0)'?"
      }
      throw TrainingError(
        .reward,
        "\(key) names the reward model '\(missing)', which is not in the input reward_model"
          + (hint ?? "; add reward_model: $\(missing)"))
    }
    if let unused = given.keys.filter({ !wanted.contains($0) }).min() {
      throw TrainingError(
        .reward,
        "the reward model '\(unused)' is not used; add { reward_model: \(unused) } to "
          + key)
    }
    return try given.mapValues { try RewardScorer($0, precision: precision) }
  }
}

extension StageInput {
  /// `helpful_rm` of `helpful_rm.model`.
  var stage: String { name.split(separator: ".").first.map(String.init) ?? name }
}
