import Datasets
import Neural
import Text
import Workflow

/// Makes prompts in tokens of a dataset's rows.
struct PromptMaker {
  private let source: RowSource
  private let model: LanguageModel
  private let asking: ((Row) throws -> Prompt)?

  /// - Parameter asking: what the model is asked for a row, where that is not the row's own prompt.
  init(_ input: StageInput, model: LanguageModel, asking: ((Row) throws -> Prompt)?) {
    self.model = model
    self.asking = asking
    source = RowSource(input)
  }

  /// A writer that counts unusual rows.
  var writer: RowWriter { RowWriter(model: model, source: source) }

  /// - Parameter id: its number among all rows of the stage's datasets.
  func prompt(_ row: Row, id: Int, _ writer: RowWriter) throws -> PreparedPrompt {
    let prompt = try writer.prompt(
      row, asking: source.located(row) { try asking.map { try $0(row) } })
    let tokens = try model.tokenizer.encode(prompt.text)
    guard !tokens.isEmpty else {
      throw TrainingError(
        .data, "\(source.place(row)) has an empty prompt; nothing can follow it")
    }
    return PreparedPrompt(
      row: PromptRow(id: id, source: source, row: row, prompt: prompt), tokens: tokens)
  }
}

extension PromptMaker {
  /// Properties of a dataset's prompts, from those that may show something new.
  ///
  /// - Parameter look: is shown each row.
  func facts(
    _ input: StageInput, log: (String) -> Void, look: (PromptRow) throws -> Void
  ) throws -> PromptFacts {
    var (facts, sieve) = (PromptFacts(), RowSieve())
    let writer = writer
    try eachRow(input, log: log) { row in
      guard sieve.isNew(row) else {
        if asking == nil { try writer.pass(row) }
        let plain = WrittenPrompt(text: "", prefix: "", opening: "")
        let row = PromptRow(id: facts.rows, source: source, row: row, prompt: plain)
        facts.add(row)
        return try look(row)
      }
      let prompt = try prompt(row, id: facts.rows, writer)
      facts.add(prompt)
      try look(prompt.row)
    }
    writer.tell(log)
    return facts
  }
}

/// The prompts of a stage that goes through them once, some at each step.
struct PromptSteps {
  private let prompts: PromptSet
  private let size: Int
  /// The places of the prompts that the stage works through; nil: all of them.
  private let chosen: [Int]?

  init(_ prompts: PromptSet, of size: Int, chosen: [Int]? = nil) {
    self.prompts = prompts
    self.size = size
    self.chosen = chosen
  }

  var count: Int { (all + size - 1) / size }

  private var all: Int { chosen?.count ?? prompts.count }

  /// The prompts of a step, from 1; the last one has what is left.
  subscript(step: Int) -> [PreparedPrompt] {
    get throws {
      let places = (step - 1) * size..<min(step * size, all)
      return try chosen.map { try prompts.prompts($0[places]) } ?? prompts.prompts(places)
    }
  }
}
