import ArgumentParser
import Foundation
import Neural
import Reports

struct ScoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "score",
    abstract: "Gives the log-probability of each token of a text after those before it.",
    discussion: """
      One line a text: the ids, and the log-probabilities of all ids but the first. Special tokens \
      in the text are recognised; none are added. Of a reward model: the ids, and the score that it \
      reads from the last one.
      """)

  @OptionGroup var options: ModelOptions

  @Option(parsing: .unconditional, help: "The text; - reads standard input.")
  var text: String?

  @Option(help: ArgumentHelp("JSON lines {\"text\"}.", valueName: "f.jsonl"))
  var input: String?

  @Flag(help: "Print JSON lines {\"ids\",\"logprobs\"}, of a reward model {\"ids\",\"score\"}.")
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
    let model = try ModelArgument(options.model, global).load(head: nil)
    model.precision = precision
    let scorer = Scorer(model: model)
    var waiting: [[Int32]] = []
    var rows = 0
    for text in texts {
      let ids = try model.tokenizer.encode(text)
      if rows + ids.count > Self.batchRows { flush() }
      waiting.append(ids)
      rows += ids.count
    }
    flush()

    func flush() {
      if model.config.head == .score {
        showScores(waiting, scorer)
      } else {
        showLogProbs(waiting, scorer, tokenizer: model.tokenizer)
      }
      (waiting, rows) = ([], 0)
    }
  }

  private func showLogProbs(_ texts: [[Int32]], _ scorer: Scorer, tokenizer: any Tokenizer) {
    guard !texts.isEmpty else { return }
    let batch = PackedBatch.sequences(
      texts.map { (tokens: $0, scored: Array(repeating: true, count: $0.count)) })
    var logProbs = batch.scoredRows.isEmpty ? [] : scorer.score(batch).logProbs[...]
    for ids in texts {
      show(ids, Array(logProbs.prefix(max(0, ids.count - 1))), tokenizer: tokenizer)
      logProbs = logProbs.dropFirst(max(0, ids.count - 1))
    }
  }

  /// An empty text has no last token, and so no score.
  private func showScores(_ texts: [[Int32]], _ scorer: Scorer) {
    let batch = PackedBatch.texts(
      texts.filter { !$0.isEmpty }.map { (prompt: [], replies: [$0]) })
    var scores = batch.count == 0 ? [] : scorer.scoreTexts(batch)[...]
    for ids in texts {
      let score = ids.isEmpty ? nil : scores.popFirst()
      if json {
        let value = score.map { JSONText.float($0) } ?? .null
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
    var table = TextTable([.init("id", .right), .init("logprob", .right), .init("token")])
    for (index, id) in ids.enumerated() {
      let logProb = index == 0 ? "" : String(format: "%.4f", logProbs[index - 1])
      table.add([String(id), logProb, tokenizer.token(id)])
    }
    Output.line(table.render())
    let sum = logProbs.reduce(0) { $0 + Double($1) }
    Output.line("sum \(Quantity.number(sum)) over \(logProbs.count) tokens")
  }
}
