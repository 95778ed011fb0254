import Datasets
import JSON
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
///
/// They are kept; those of a long task's train side are made when they are needed, if the first
/// ones show that none is close to being left out.
struct RewardData {
  /// All items except those that are made when they are needed.
  let kept: [RewardItem]
  private var parts = DataParts<RewardItem>()
  private let tooLong: Int
  private let unbalanced: Int

  /// Items of a task are kept up to this many rows.
  static let mostKept = 131_072

  /// - Parameter drawing: whether items may be made when they are needed; otherwise all are kept.
  init(
    _ inputs: [StageInput], _ config: RewardModel.Config, model: LanguageModel, balancing: Bool,
    drawing: Bool = false, seed: UInt64, log: (String) -> Void
  ) throws {
    var found: [RewardItem] = []
    var (tooLong, unbalanced) = (0, 0)
    for (index, input) in inputs.enumerated() {
      let maker = RewardItemMaker(input, config, model: model)
      let (all, drawn) = try maker.items(drawing: drawing && !balancing, log: log)
      let short = all.filter { $0.length <= config.training.maxLength }
      let kept =
        balancing
        ? balanceLengths(short, random: RandomStream(seed: seed, .lengthBalance, UInt64(index)))
        : short
      tooLong += all.count - short.count
      unbalanced += short.count - kept.count
      guard !kept.isEmpty else {
        throw TrainingError(
          .data,
          """
          dataset '\(input.name)': none of \(all.count) items are left, \(all.count - short.count) \
          are longer than max_length (\(config.training.maxLength)); raise it, switch \
          balance_lengths off, or provide more rows
          """)
      }
      parts.append(
        weight: input.weight, kept: kept.count, count: drawn?.count,
        make: drawn.map { items in { index, _ in try items.item(index) } })
      found += kept
    }
    kept = found
    self.tooLong = tooLong
    self.unbalanced = unbalanced
  }

  func item(_ number: Int) throws -> RewardItem {
    try parts.element(number) { kept[$0] }
  }

  /// The order of the items; throws when weights leave an epoch without a batch.
  func epochPlan(_ options: SupervisedOptions, seed: UInt64) throws -> EpochPlan {
    let plan = EpochPlan(
      parts: parts.plan, batchSize: options.batchSize, random: RandomStream(seed: seed, .dataOrder))
    try plan.requireRows()
    return plan
  }

  /// The scores of the items that are kept.
  func scores(_ scorer: Scorer, budget: Int, in context: any StageContext) throws -> [[Float]] {
    try kept.scored(budget: budget, in: context) { scorer.values($0, ScoreHead()) }
  }

  /// How many items there are, and how many were left out.
  var metrics: [String: Double] {
    var metrics = [
      "items": Double(parts.count), "dropped/max_length": Double(tooLong),
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
      "\(parts.count) items; left out: \(tooLong) beyond max_length and \(unbalanced) to balance "
      + "lengths; "
      + lengths.joined(separator: ", ")
  }

  /// Of the first or second replies of pairs that are kept.
  private func meanLength(_ index: Int) -> Double? {
    Moments(kept.filter { $0.replies.count == 2 }.map { Double($0.replies[index].count) }).mean
  }
}

extension [RewardItem] {
  /// Calls `score` on micro-batches and gives each item its scores.
  func scored(
    budget: Int, in context: any StageContext, _ score: (PackedBatch) -> [Float]
  ) throws -> [[Float]] {
    var result: [[Float]] = []
    try context.eachMicroBatch(rows: map(\.tokens), budget: budget) { range in
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

/// Pairs whose length gives no hint: among those whose lengths differ by about the same (bins of
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
