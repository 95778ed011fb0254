import Datasets
import JSON
import Statistics
import Tasks

/// How a policy's thinking changes during training, by the paper's monitors: reflection words,
/// languages, accuracy by difficulty, different answers within a group.
///
/// It reads texts once and verifies nothing that accuracy has not: far below 1 % of a step.
struct SelfEvolution {
  let values: [String: Double]

  /// - Parameters:
  ///   - rollouts: group after group of `groupSize`.
  ///   - rewards: the stage's, which tell languages apart as the shares here do.
  init(_ rollouts: [Rollout], groupSize: Int, rewards: RewardSet) {
    var values: [String: Double] = [:]
    let count = Double(max(rollouts.count, 1))
    var words = [Int](repeating: 0, count: Reflection.words.count)
    var languages: [String: Int] = [:]
    for rollout in rollouts {
      for (index, number) in Reflection.counts(rollout.text).enumerated() { words[index] += number }
      let row = rollout.prompt.row
      languages.merge(
        rewards.languageReward(for: row.type).words(
          in: Thoughts.only(of: rollout.whole),
          of: row.rewardSample(completion: rollout.text, finished: rollout.finished)),
        uniquingKeysWith: +)
    }
    values["reflection/words"] = Double(words.reduce(0, +)) / count
    for (word, number) in zip(Reflection.words, words) {
      values["reflection/\(word.meaning)"] = Double(number) / count
    }
    let total = languages.values.reduce(0, +)
    for (language, number) in languages where number > 0 {
      values["language/\(language)"] = Double(number) / Double(total)
    }
    if let accuracy = rewards.names.firstIndex(of: "accuracy") {
      Self.addDifficulties(rollouts, accuracy, to: &values)
      Self.addAnswers(rollouts, groupSize, accuracy, to: &values)
    }
    self.values = values
  }

  /// Accuracy of rows of each `difficulty` (or `level`), if there are few of them.
  private static func addDifficulties(
    _ rollouts: [Rollout], _ accuracy: Int, to values: inout [String: Double]
  ) {
    var scores: [String: [Double]] = [:]
    for rollout in rollouts {
      let fields = rollout.prompt.row.row.fields
      guard let level = fields["difficulty"]?.text ?? fields["level"]?.text,
        let score = rollout.scores[accuracy]
      else { continue }
      scores[level, default: []].append(score)
    }
    guard scores.count <= 20 else { return }
    for (level, scores) in scores { values["accuracy/difficulty/\(level)"] = Moments(scores).mean }
  }

  /// Different answers within a group, on average.
  private static func addAnswers(
    _ rollouts: [Rollout], _ groupSize: Int, _ accuracy: Int, to values: inout [String: Double]
  ) {
    var counts: [Double] = []
    for start in stride(from: 0, to: rollouts.count, by: groupSize) {
      let group = rollouts[start..<start + groupSize].filter { $0.scores[accuracy] != nil }
      guard !group.isEmpty else { continue }
      let names = AnswerClasses.names(group.map(\.statedAnswer))
      counts.append(Double(Set(names.compactMap(\.self)).count))
    }
    values["completions/distinct_answers"] = Moments(counts).mean
  }
}
