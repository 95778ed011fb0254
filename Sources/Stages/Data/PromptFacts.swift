import Neural
import Tasks
import Trace

/// Properties of all prompts together, found while they are made one after another.
struct PromptFacts {
  /// Rows of one type.
  struct Rows {
    let first: PromptRow
    var count = 0
    /// Whether a rule can grade completions by the gold answer of one of them.
    var isJudged = false
  }

  /// Rows of one dataset.
  struct Dataset {
    let first: PromptRow
    var verifiers: Set<String> = []
  }

  private(set) var rows = 0
  private(set) var longest: PreparedPrompt?
  private(set) var types: [String?: Rows] = [:]
  private(set) var datasets: [String: Dataset] = [:]

  mutating func add(_ prompt: PreparedPrompt) {
    if prompt.tokens.count > longest?.tokens.count ?? -1 { longest = prompt }
    add(prompt.row)
  }

  /// Adds a row that is like others, so that nothing is asked of its prompt.
  mutating func add(_ row: PromptRow) {
    rows += 1
    types[row.type, default: Rows(first: row)].add(row)
    datasets[row.dataset, default: Dataset(first: row)].verifiers.insert(row.verifier)
  }

  /// Throws when a prompt and its longest completion are beyond the positions that a model knows.
  func requireRoom(in model: LanguageModel, maxNewTokens: Int) throws {
    try [longest].compactMap(\.self).requireRoom(in: model, maxNewTokens: maxNewTokens)
  }
}

extension PromptRow {
  /// Why completions of the row cannot be graded by its gold answer; nil if they can.
  var goldProblem: String? {
    AccuracyReward().verdict(rewardSample(completion: "", finished: true)).outcome.reason
  }
}

extension PromptFacts.Rows {
  fileprivate mutating func add(_ row: PromptRow) {
    count += 1
    isJudged = isJudged || row.goldProblem == nil
  }
}

extension [PreparedPrompt] {
  /// Throws when a prompt and its longest completion are beyond the positions that a model knows.
  func requireRoom(in model: LanguageModel, maxNewTokens: Int) throws {
    let limit = model.config.maxPositionEmbeddings
    guard let longest = self.max(by: { $0.tokens.count < $1.tokens.count }),
      longest.tokens.count + maxNewTokens > limit
    else { return }
    throw TrainingError(
      .model,
      """
      \(longest.row.place) has a prompt of \
      \(longest.tokens.count) tokens, and with \
      max_completion_length (\(maxNewTokens)) it exceeds the model's max_position_embeddings \
      (\(limit)); lower max_completion_length or leave the row out
      """)
  }
}
