import Datasets
import Neural
import Randomness
import Statistics
import Workflow

/// What a loss is taken over: a prompt with the chosen and the rejected reply, or with one reply.
struct RewardItem: Sendable, Equatable {
  /// The row's number in its dataset.
  let id: Int
  let prompt: [Int32]
  /// The chosen one first.
  let replies: [[Int32]]
  /// How far the chosen reply should score above the rejected one, at least.
  var margin = 0.0
  /// Whether the only reply is a good one.
  var label = false

  /// Rows of activations.
  var tokens: Int { replies.reduce(prompt.count) { $0 + $1.count } }
  /// Of the longest text.
  var length: Int { prompt.count + (replies.map(\.count).max() ?? 0) }
}

/// The pairs or labelled rows of one or more datasets, in tokens.
struct RewardData {
  let items: [RewardItem]
  private let parts: [EpochPlan.Part]
  private let tooLong: Int
  private let unbalanced: Int

  init(
    _ inputs: [StageInput], _ config: RewardModel.Config, model: LanguageModel, balancing: Bool,
    seed: UInt64, log: (String) -> Void
  ) throws {
    var found: [RewardItem] = []
    var parts: [EpochPlan.Part] = []
    var (tooLong, unbalanced) = (0, 0)
    for (index, input) in inputs.enumerated() {
      let items = RewardItems(input, config, model: model)
      let all = try loadRows(input).flatMap { try items.items($0) }
      items.tell(log)
      let short = all.filter { $0.length <= config.training.maxLength }
      let kept =
        balancing
        ? balanceLengths(short, random: RandomStream(seed: seed, 0xBA1A, UInt64(index))) : short
      tooLong += all.count - short.count
      unbalanced += short.count - kept.count
      guard !kept.isEmpty else {
        throw TrainingError(
          .data,
          """
          dataset '\(input.name)': none of \(all.count) items is left, \(all.count - short.count) \
          are longer than max_length (\(config.training.maxLength)); raise it, switch \
          balance_lengths off, or give more rows
          """)
      }
      parts.append(
        .init(first: found.count, count: kept.count, weight: input.weight, index: index))
      found += kept
    }
    items = found
    self.parts = parts
    self.tooLong = tooLong
    self.unbalanced = unbalanced
  }

  /// The order of the items; throws when weights leave an epoch without a batch.
  func epochPlan(_ options: SupervisedOptions, seed: UInt64) throws -> EpochPlan {
    let plan = EpochPlan(
      parts: parts, batchSize: options.batchSize, random: RandomStream(seed: seed, 0xDA7A))
    try plan.requireRows()
    return plan
  }

  /// The scores of all items.
  func scores(_ scorer: Scorer, budget: Int, in context: any StageContext) throws -> [[Float]] {
    try items.scored(budget: budget, in: context) { scorer.scoreTexts($0) }
  }

  /// How many items there are and what became of the others.
  var metrics: [String: Double] {
    var metrics = [
      "items": Double(items.count), "dropped/max_length": Double(tooLong),
      "dropped/length_balance": Double(unbalanced),
    ]
    metrics["chosen_length"] = meanLength(0)
    metrics["rejected_length"] = meanLength(1)
    return metrics
  }

  var summary: String {
    let lengths = [("chosen", meanLength(0)), ("rejected", meanLength(1))].compactMap {
      name, mean in
      mean.map { "\(name) replies \(($0 * 10).rounded() / 10) tokens on average" }
    }
    return
      "\(items.count) items; \(tooLong) beyond max_length and \(unbalanced) for their lengths left out; "
      + lengths.joined(separator: ", ")
  }

  /// Of the first or second replies of pairs.
  private func meanLength(_ index: Int) -> Double? {
    Moments(items.filter { $0.replies.count == 2 }.map { Double($0.replies[index].count) }).mean
  }
}

/// Makes items of a dataset's rows.
private struct RewardItems {
  private let source: RowSource
  private let writer: RowWriter
  private let text: RewardText
  private let lossType: RewardModel.LossType

  init(_ input: StageInput, _ config: RewardModel.Config, model: LanguageModel) {
    source = RowSource(input)
    writer = RowWriter(model: model, source: source)
    text = RewardText(model: model, part: config.text)
    lossType = config.lossType
  }

  func tell(_ log: (String) -> Void) { writer.tell(log) }

  /// The items of a row; a pair is two labelled replies where rows are judged one by one.
  func items(_ row: Row) throws -> [RewardItem] {
    guard let completion = row.completion else {
      throw mistake(
        row,
        "has no reply to score; give rows with chosen and rejected, or with completion and label")
    }
    let (prompt, chosen) = try tokens(row, completion, row.reply)
    let rejected = try row.rejected.map { try tokens(row, $0, row.rejectedReply).reply }
    switch (lossType, rejected) {
    case (.pairwise, let rejected?):
      return [
        RewardItem(
          id: row.id, prompt: prompt, replies: [chosen, rejected],
          margin: row.fields["margin"]?.text.flatMap(Double.init) ?? 0)
      ]
    case (.pairwise, nil):
      throw mistake(
        row, "is no pair; give rows with chosen and rejected, or the dataset a rejected_template")
    case (.pointwise, let rejected?):
      return [
        RewardItem(id: row.id, prompt: prompt, replies: [chosen], label: true),
        RewardItem(id: row.id, prompt: prompt, replies: [rejected], label: false),
      ]
    case (.pointwise, nil):
      guard let label = row.label else {
        throw mistake(row, "has no label; give rows a label, true or false, or set the dataset's")
      }
      return [RewardItem(id: row.id, prompt: prompt, replies: [chosen], label: label)]
    }
  }

  private func tokens(
    _ row: Row, _ reply: String, _ message: Message?
  ) throws -> (prompt: [Int32], reply: [Int32]) {
    let written = try writer.written(row, reply: reply, message: message)
    guard let tokens = try text.tokens(row, written) else {
      throw mistake(row, "is empty, and so cannot be scored; leave it out")
    }
    return tokens
  }

  private func mistake(_ row: Row, _ what: String) -> TrainingError {
    TrainingError(.data, "\(source.place(row)) \(what)")
  }
}

extension [RewardItem] {
  /// Calls `score` on micro-batches and gives each item its scores.
  func scored(
    budget: Int, in context: any StageContext, _ score: (PackedBatch) -> [Float]
  ) throws -> [[Float]] {
    var result: [[Float]] = []
    for range in microBatches(rows: map(\.tokens), budget: budget) {
      try context.checkStop()
      let part = self[range]
      result += part.split(score(PackedBatch.texts(part.map { ($0.prompt, $0.replies) })))
    }
    return result
  }
}

extension ArraySlice<RewardItem> {
  /// A value for each reply, cut up into items.
  func split(_ values: [Float]) -> [[Float]] {
    var start = 0
    return map { item in
      defer { start += item.replies.count }
      return Array(values[start..<start + item.replies.count])
    }
  }
}

/// Pairs of which length tells nothing: among those whose lengths differ by about the same (bins of
/// powers of two), as many with the longer reply chosen as with the shorter one. Order is kept; which
/// pairs go is drawn at random.
func balanceLengths(_ items: [RewardItem], random: RandomStream) -> [RewardItem] {
  let differences = items.map { $0.replies[0].count - $0.replies[1].count }
  let bins = Dictionary(grouping: items.indices.filter { differences[$0] != 0 }) {
    Int.bitWidth - abs(differences[$0]).leadingZeroBitCount
  }
  var dropped: Set<Int> = []
  for (bin, members) in bins.sorted(by: { $0.key < $1.key }) {
    let longer = members.filter { differences[$0] > 0 }
    let shorter = members.filter { differences[$0] < 0 }
    let larger = longer.count > shorter.count ? longer : shorter
    var stream = random.at(UInt64(bin))
    let order = stream.permutation(larger.count)
    dropped.formUnion(order.dropFirst(min(longer.count, shorter.count)).map { larger[$0] })
  }
  return items.indices.filter { !dropped.contains($0) }.map { items[$0] }
}
