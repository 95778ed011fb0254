import Tasks

/// Makes questions to a judge of pairs of replies: which is better? So a generative reward model is
/// trained and measured like any other model, with rules for rewards.
struct Judging {
  private let template: String
  private let verdictTemplate: Template?

  init?(_ options: DatasetOptions) {
    guard let template = options.judgingTemplate else { return nil }
    self.template = template
    verdictTemplate = options.verdictTemplate.map { Template($0) }
  }

  /// The question about a pair, whose gold is `A>B` or `B>A`. Which reply comes first depends only
  /// on the texts, half of the pairs each way.
  func question(_ row: Row) throws -> Row {
    guard let better = row.completion, let worse = row.rejected else {
      throw DatasetError("the row has no pair of replies to judge")
    }
    guard better != worse else { throw DatasetError("both replies of the row are the same") }
    let replies = [better, worse].sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    let key = ([row.prompt.transcript] + replies).joined(separator: "\u{0}")
    let isTurned = ContentHash.fraction(Array(key.utf8)) < 0.5
    let (a, b) = isTurned ? (replies[1], replies[0]) : (replies[0], replies[1])
    let verdict = a == better ? "A>B" : "B>A"
    var question = row
    question.prompt = .text(
      try QuestionTemplate.pair.filled(
        template, ["prompt": row.prompt.transcript, "a": a, "b": b]))
    question.completion = try verdictTemplate?.filled("verdict_template", ["answer": verdict])
    (question.rejected, question.solution, question.label) = (nil, nil, nil)
    (question.answer, question.gold, question.verifier) = (verdict, verdict, "judgment")
    return question
  }
}
