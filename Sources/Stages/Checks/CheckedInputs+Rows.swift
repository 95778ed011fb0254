import Datasets
import Neural
import Randomness
import Recipes
import Workflow

extension CheckedInputs {
  /// Rows that are learnt as a text.
  mutating func checkTexts(_ options: SupervisedOptions, scored: ScoredTokens) {
    let model = model()
    for port in ["data", "eval_data"] {
      let sizes = each(port) { input, log in
        guard let model else { return try loadRows(input, log: log).count }
        let data = try TokenizedData(
          [input], model: model, scored: scored, maxLength: options.maxLength, keeping: .telling,
          log: log)
        return data.kept.count + data.passed
      }
      guard port == "data", isComplete(port), model != nil else { continue }
      let parts = sizes.enumerated().map { index, size in
        EpochPlan.Part(first: 0, count: size.rows, weight: size.weight, index: index)
      }
      attempt {
        try EpochPlan(parts: parts, batchSize: 1, random: RandomStream(seed: 0)).requireRows()
      }
    }
  }

  /// Rows whose prompts are answered.
  ///
  /// - Parameters:
  ///   - room: tokens of the longest completion.
  ///   - more: what else the stage asks of each row.
  ///   - asking: what the model is asked for a row.
  @discardableResult
  mutating func checkPrompts(
    _ port: String, _ model: LanguageModel?, room: Int,
    more: (PromptRow) throws -> Void = { _ in },
    asking: ((Row) throws -> Prompt)? = nil
  ) -> [(rows: Int, weight: Double, window: StepWindow)] {
    each(port) { input, log in
      guard let model else { return try loadRows(input, log: log).count }
      let maker = PromptMaker(input, model: model, asking: asking)
      let facts = try maker.facts(input, log: log, look: more)
      try facts.requireRoom(in: model, maxNewTokens: room)
      return facts.rows
    }
  }
}
