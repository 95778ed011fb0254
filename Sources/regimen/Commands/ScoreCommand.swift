import ArgumentParser
import Foundation
import Insight
import JSON
import Neural
import Text

struct ScoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "score",
    abstract: "Prints the log-probability of each token of a text, given those before it.",
    discussion: """
      One line per text: the ids, and the log-probabilities of all ids but the first. Special \
      tokens in the text are recognised; none are added. With a reward model: the ids, and the \
      score at the last one.
      """)

  @OptionGroup var options: ModelOptions

  @Option(parsing: .unconditional, help: "The text; - reads standard input.")
  var text: String?

  @Option(help: ArgumentHelp("JSON lines {\"text\"}.", valueName: "f.jsonl"))
  var input: String?

  @Flag(help: "Print JSON lines {\"ids\",\"logprobs\"}, with a reward model {\"ids\",\"score\"}.")
  var json = false

  @OptionGroup var global: GlobalOptions

  func validate() throws {
    if (text == nil) == (input == nil) {
      throw ValidationError("Give one of --text and --input.")
    }
  }

  func run() throws {
    let precision = try options.precision.resolved()
    let texts = try readTexts()
    let model = try ModelArgument(options.model, adapter: options.adapter, global).load(head: nil)
    model.precision = precision
    let scorer = Scorer(model: model)
    var waiting: [[Int32]] = []
    var (rows, shown) = (0, 0)
    for text in texts {
      let ids = try model.tokenizer.encode(text)
      if rows + ids.count > Self.batchRows { try flush() }
      waiting.append(ids)
      rows += ids.count
    }
    try flush()

    func flush() throws {
      if model.config.head == .score {
        try showScores(waiting, scorer, after: shown)
      } else {
        try showLogProbs(waiting, scorer, tokenizer: model.tokenizer, after: shown)
      }
      shown += waiting.count
      (waiting, rows) = ([], 0)
    }
  }

  /// Throws for values of a text that are not numbers.
  private func requireNumbers(_ values: some Sequence<Float>, text number: Int) throws {
    if values.contains(where: \.isNaN) {
      throw CommandError(
        .stageFailed,
        "text \(number): the output of \(options.model) is not a number; its activations overflow, "
          + "as after training that diverged; use an earlier checkpoint")
    }
  }

  private func showLogProbs(
    _ texts: [[Int32]], _ scorer: Scorer, tokenizer: any Tokenizer, after shown: Int
  ) throws {
    guard !texts.isEmpty else { return }
    let batch = PackedBatch.sequences(
      texts.map { (tokens: $0, scored: Array(repeating: true, count: $0.count)) })
    var logProbs = batch.scoredRows.isEmpty ? [] : scorer.score(batch).logProbs[...]
    for (index, ids) in texts.enumerated() {
      let own = Array(logProbs.prefix(max(0, ids.count - 1)))
      try requireNumbers(own, text: shown + index + 1)
      show(ids, own, tokenizer: tokenizer)
      logProbs = logProbs.dropFirst(max(0, ids.count - 1))
    }
  }

  /// An empty text has no last token, and so no score.
  private func showScores(_ texts: [[Int32]], _ scorer: Scorer, after shown: Int) throws {
    let batch = PackedBatch.texts(
      texts.filter { !$0.isEmpty }.map { (prompt: [], replies: [$0]) })
    var scores = batch.count == 0 ? [] : scorer.values(batch, ScoreHead())[...]
    for (index, ids) in texts.enumerated() {
      let score = ids.isEmpty ? nil : scores.popFirst()
      try requireNumbers(CollectionOfOne(score ?? 0), text: shown + index + 1)
      if json {
        let value = score.map { JSONValue.float($0) } ?? .null
        Output.json(.object([("ids", .ids(ids)), ("score", value)]))
      } else {
        Output.line(score.map { String(format: "%.4f", $0) } ?? "none: the text is empty")
      }
    }
  }

  /// Texts share a forward pass up to this many rows; a row's result does not depend on it.
  private static let batchRows = 1024

  private func readTexts() throws -> [String] {
    if let text { return [try textArgument(text, option: "--text")] }
    guard let input else { return [] }
    struct Row: Decodable { let text: String }
    return try JSONLinesFile(input).rows(Row.self, shape: "{\"text\": \"...\"}").map(\.text)
  }

  private func show(_ ids: [Int32], _ logProbs: [Float], tokenizer: any Tokenizer) {
    if json {
      Output.json(.object([("ids", .ids(ids)), ("logprobs", .floats(logProbs))]))
      return
    }
    var table = TextTable([.right("id"), .right("logprob"), "token"])
    for (index, id) in ids.enumerated() {
      let logProb = index == 0 ? "" : String(format: "%.4f", logProbs[index - 1])
      table.add([String(id), logProb, tokenizer.token(id)])
    }
    Output.line(table.render())
    let sum = logProbs.reduce(0) { $0 + Double($1) }
    Output.line("sum \(Quantity.number(sum)) over \(logProbs.count) tokens")
  }
}
