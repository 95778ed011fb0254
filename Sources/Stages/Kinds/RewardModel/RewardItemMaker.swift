import Datasets
import JSON
import Neural
import Workflow

/// Makes items of a dataset's rows.
struct RewardItemMaker {
  private let input: StageInput
  private let source: RowSource
  private let writer: RowWriter
  private let text: RewardText
  private let lossType: RewardModel.LossType
  private let maxLength: Int

  init(_ input: StageInput, _ config: RewardModel.Config, model: LanguageModel) {
    self.input = input
    source = RowSource(input)
    writer = RowWriter(model: model, source: source)
    text = RewardText(model: model, part: config.text)
    lossType = config.lossType
    maxLength = config.training.maxLength
  }

  /// The dataset's items; where it is a long task whose rows are all drawn alike, and none of the first is
  /// near to being left out, those of the first rows, and what makes the others.
  ///
  /// - Parameter drawing: whether items may be made later.
  func items(
    drawing: Bool, log: (String) -> Void
  ) throws -> (kept: [RewardItem], drawn: DrawnItems?) {
    guard drawing, let rows = try DrawnRows(input, above: RewardData.mostKept) else {
      var kept: [RewardItem] = []
      try eachRow(input) { kept += try items($0) }
      writer.tell(log)
      return (kept, nil)
    }
    let first = try (0..<DrawnRows.examined).map { try items(rows.row($0)) }
    let (kept, each) = (first.flatMap(\.self), first[0].count)
    if first.allSatisfy({ $0.count == each }), kept.allSatisfy({ 2 * $0.length <= maxLength }) {
      writer.tell(log)
      log(rows.note)
      return (kept, DrawnItems(rows: rows, each: each, maker: self, maxLength: maxLength))
    }
    let others = try (DrawnRows.examined..<rows.count).flatMap { try items(rows.row($0)) }
    writer.tell(log)
    return (kept + others, nil)
  }

  /// The items of a row; a pair is two labelled replies if replies are scored one by one.
  func items(_ row: Row) throws -> [RewardItem] {
    guard let completion = row.completion else {
      throw mistake(
        row,
        "has no reply to score; "
          + (row.replyRemedy
            ?? "provide rows with chosen and rejected, or with completion and label"))
    }
    let (prompt, chosen) = try tokens(row, completion, row.reply)
    let rejected = try row.rejected.map { try tokens(row, $0, row.rejectedReply).reply }
    if rejected == chosen {
      writer.note(
        row, "have equal chosen and rejected replies: no score can separate them")
    }
    switch (lossType, rejected) {
    case (.pairwise, let rejected?):
      return [
        RewardItem(
          id: row.id, prompt: prompt, replies: [chosen, rejected],
          margin: row.fields["margin"]?.text.flatMap(Double.init) ?? 0)
      ]
    case (.pairwise, nil):
      throw mistake(
        row,
        "is not a pair; provide rows with chosen and rejected, or give the dataset a "
          + "rejected_template")
    case (.pointwise, let rejected?):
      return [
        RewardItem(id: row.id, prompt: prompt, replies: [chosen], label: true),
        RewardItem(id: row.id, prompt: prompt, replies: [rejected], label: false),
      ]
    case (.pointwise, nil):
      guard let label = row.label else {
        let found = row.fields["label"]?.text.map { "the label '\($0)', not true or false" }
        throw mistake(
          row,
          "has \(found ?? "no label"); give each row a label, true or false, or set the dataset's")
      }
      return [RewardItem(id: row.id, prompt: prompt, replies: [chosen], label: label)]
    }
  }

  private func tokens(
    _ row: Row, _ reply: String, _ message: Message?
  ) throws -> (prompt: [Int32], reply: [Int32]) {
    let written = try writer.written(row, reply: reply, message: message)
    guard let tokens = try text.tokens(row, written) else {
      throw mistake(row, "is empty and cannot be scored; leave it out")
    }
    return tokens
  }

  func mistake(_ row: Row, _ what: String) -> TrainingError {
    TrainingError(.data, "\(source.place(row)) \(what)")
  }
}

/// The items of a task's rows, made when they are needed.
struct DrawnItems {
  let rows: DrawnRows
  /// Items of a row.
  let each: Int
  let maker: RewardItemMaker
  let maxLength: Int

  var count: Int { rows.count * each }

  func item(_ index: Int) throws -> RewardItem {
    let row = try rows.row(index / each)
    let items = try maker.items(row)
    guard items.count == each, items[index % each].length <= maxLength else {
      throw maker.mistake(
        row,
        "gives a different number of items than the first \(DrawnRows.examined) rows of its task, "
          + "or is more than twice as long and beyond max_length; raise max_length, or use fewer "
          + "than "
          + "\(RewardData.mostKept) rows")
    }
    return items[index % each]
  }
}
