import Neural
import Tasks
import Trace
import Workflow

/// A prompt as the model sees it, with the row that it comes from.
struct PreparedPrompt: Sendable {
  let row: PromptRow
  let tokens: [Int32]

  /// As it is stored.
  var segment: Segment { .prompt(row.text, tokens: tokens) }
}

/// One completion of a prompt and the outcomes of its rewards.
struct Rollout: Sendable {
  let prompt: PreparedPrompt
  /// The prompt's place in the step.
  let slot: Int
  let sample: Int
  /// Its number among the step's samples of the prompt, which may have several places.
  let number: Int
  let completion: Segment
  let finished: Bool
  /// By the names of the stage's rewards; nil where none applies to the row.
  var rewards: [RewardOutcome?]

  var text: String { completion.text }
  var tokens: [Int32] { completion.tokens }
  /// Under softmax(logits / temperature), as the generator saw them.
  var logProbs: [Float] { completion.logProbs ?? [] }

  /// Whether a reward failed on it: it is then left out of training.
  var failed: Bool {
    rewards.contains { if case .error? = $0 { true } else { false } }
  }

  /// The scores that rewards gave; nil where one abstained or failed.
  var scores: [Double?] { rewards.map { $0?.score } }

  /// The reply as it is written to a dataset: after the tag that the chat template opened.
  var whole: String { prompt.row.whole(text) }

  /// "prompt 12, sample 3", as `samples` counts them.
  var place: String { "prompt \(prompt.row.id), sample \(number)" }

  /// The answer that accuracy reads from the text.
  var statedAnswer: StatedAnswer? {
    AccuracyReward().stated(prompt.row.rewardSample(completion: text, finished: finished))
  }

  /// As it is stored, with what training made of it.
  ///
  /// - Parameter number: where it stands elsewhere among the samples of its prompt.
  func stored(
    step: Int, number: Int? = nil, rewards: [String: RewardOutcome], reward: Double? = nil,
    advantage: Double? = nil
  ) -> Sample {
    Sample(
      step: step, promptID: prompt.row.id, sample: number ?? self.number, prompt: prompt.segment,
      completion: completion, rewards: rewards, reward: reward, advantage: advantage,
      finishReason: finished ? "stop" : "length", gold: prompt.row.gold,
      parsed: statedAnswer?.description)
  }

  /// The input of rewards.
  func rewardSample(maxTokens: Int) -> RewardSample {
    var sample = prompt.row.rewardSample(completion: text, finished: finished)
    sample.tokens = tokens
    sample.maxTokens = maxTokens
    return sample
  }
}
