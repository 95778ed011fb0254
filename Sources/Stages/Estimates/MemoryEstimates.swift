import Neural

/// The bytes that a stage holds at a time, part by part.
public struct WorkloadMemory: Sendable, Hashable {
  /// Of all models that it works with, in 32-bit floats, and of the matrices under adapters as they were.
  public var weights = 0.0
  /// Matrices once more, in the order and precision in which products read them; in bf16 training
  /// reads them in two orders.
  public var packed = 0.0
  public var gradients = 0.0
  /// AdamW's two.
  public var moments = 0.0
  /// The activations of a micro-batch for its backward pass, or of one layer in passes without one.
  public var activations = 0.0
  /// Logits over the vocabulary, of the rows that have them at a time.
  public var logits = 0.0
  /// Keys and values while completions are written.
  public var cache = 0.0
  /// Copies that a checkpoint contains: the best weights so far, and adapters. Everything else is written
  /// from where it is.
  public var checkpoint = 0.0
  /// The memory of the largest file while it is read, when only weights exist yet.
  public var loading = 0.0
  /// Rows of datasets, as text or tokens.
  public var rows = 0.0
  /// Address space that is allocated but never touched: only `ulimit -v` counts it.
  public var promised = 0.0

  public init() {}

  /// The most at a time: files are read when only weights exist.
  public var total: Double {
    let working = packed + gradients + moments + activations + logits + cache + checkpoint
    return weights + max(loading, working) + rows
  }
}

/// The head of a training stage.
enum TrainedHead {
  case logProbs
  /// The logits of a student and a teacher.
  case divergence
  case score
}

extension StageEstimate {
  /// Adds a model that only generates text.
  mutating func hold(_ model: ModelShape) { load(model) }

  /// Adds a model that reads up to `rows` rows at a time and gives log-probabilities.
  mutating func holdScorer(_ model: ModelShape, rows: Double) {
    load(model)
    read(model, rows: rows)
    addLogits(model, rows: min(rows, Self.chunk(model)), of: Self.chunk(model))
  }

  /// Adds a reward model that scores up to `tokens` tokens at a time.
  mutating func holdRewardModel(_ model: ModelShape, tokens: Double) {
    load(model, hasHead: false)
    read(model, rows: min(tokens, 4096))
  }

  /// Adds a model's weights, the file that they are read from, and its matrices as products read them.
  mutating func load(_ model: ModelShape, isTrained: Bool = false, hasHead: Bool = true) {
    workload.memory.weights += model.bytes
    workload.memory.loading = max(workload.memory.loading, model.fileBytes ?? model.bytes)
    let size: Double = precision == .bf16 && !isTrained ? 2 : 4
    workload.memory.packed += size * (model.matrixElements - (hasHead ? 0 : model.tableElements))
    if !hasHead { workload.memory.promised += size * model.tableElements }
  }

  /// Adds the memory of forward passes over up to `rows` rows.
  mutating func read(_ model: ModelShape, rows: Double) {
    workload.memory.activations += 4 * rows * model.widths.read(precision)
  }

  /// Adds what a generator takes: a pass over prompts, logits of a batch, sixteen samplers' scratch, and
  /// the cache in blocks of 32 positions.
  mutating func generate(
    _ model: ModelShape, prompts: Double, prompt: Double, each: Double, completion: Double,
    batch: Int
  ) {
    let drawn = min(Double(batch), prompts * each)
    guard drawn > 0 else { return }
    let (rows, room) = (max(min(512, prompts * prompt), drawn), max(512, Double(batch)))
    read(model, rows: rows)
    workload.memory.promised += 4 * (room - rows) * model.widths.read(.f32)
    addLogits(model, rows: drawn + min(16, drawn), of: Double(batch) + 16)
    func blocks(_ length: Double) -> Double { (length / 32).rounded(.up) }
    let groups = min((drawn / each).rounded(.up), prompts)
    let block = 32 * model.layers * model.cacheWidth * (precision == .f32 ? 4 : 2)
    workload.memory.cache += block * (groups * blocks(prompt) + drawn * blocks(completion))
  }

  /// Adds what a session takes: gradients, moments, a micro-batch's activations and logits, and the
  /// copies that a checkpoint contains.
  ///
  /// - Parameters:
  ///   - tokens: rows of the largest micro-batch that is expected.
  ///   - keepsBest: whether it keeps the best weights in addition to the present ones.
  mutating func holdSession(
    _ model: ModelShape, _ options: OptimizationOptions, tokens: Double, head: TrainedHead,
    keepsBest: Bool
  ) throws {
    load(model, isTrained: true, hasHead: head != .score)
    let adapted = try options.peft.map { try model.adapterBytes($0.options) }
    let trained = adapted?.adapters ?? model.bytes
    workload.memory.weights += adapted.map { $0.adapters + $0.matrices } ?? 0
    workload.memory.gradients += trained
    workload.memory.moments += 2 * trained
    let recomputing = options.gradientCheckpointing
    let activations = 4 * tokens * model.widths.trained(precision, recomputing: recomputing)
    workload.memory.activations += activations
    let reserved =
      4 * Double(options.microBatchTokens) * model.widths.trained(.f32, recomputing: recomputing)
    workload.memory.promised += max(reserved - activations, 0)
    addLogits(model, head, tokens: tokens)
    workload.memory.checkpoint += (keepsBest ? trained : 0) + (adapted?.adapters ?? 0)
  }

  /// In bf16 the gradient of logits is rounded, and then transposed for the gradient of the head.
  private mutating func addLogits(_ model: ModelShape, _ head: TrainedHead, tokens: Double) {
    let gradient: Double = precision == .f32 ? 0 : 1
    switch head {
    case .score: break
    case .logProbs: addLogits(model, rows: tokens, of: Self.chunk(model), rounded: gradient)
    case .divergence:
      let chunk = Double(LogitChunk.distillation(vocabulary: Int(model.vocabulary)))
      addLogits(model, rows: tokens, of: chunk, rounded: gradient)
      addLogits(model, rows: tokens, of: chunk)
    }
  }

  /// Adds logits of up to `room` rows, for which memory is asked, and of the rows that there are as many
  /// `rounded` copies.
  private mutating func addLogits(
    _ model: ModelShape, rows: Double, of room: Double, rounded: Double = 0
  ) {
    let rows = min(rows, room)
    workload.memory.logits += 4 * rows * (1 + rounded) * model.vocabulary
    workload.memory.promised += 4 * (room - rows) * model.vocabulary
  }

  private static func chunk(_ model: ModelShape) -> Double {
    Double(LogitChunk.training(vocabulary: max(1, Int(model.vocabulary))))
  }
}
