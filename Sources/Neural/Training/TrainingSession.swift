/// Gradients and updates of one model, or of adapters of it.
///
/// A loss comes in as its derivative by each value of a head (a token's log-probability, a text's score), so
/// that every algorithm is a function of short arrays; everything of vocabulary size stays in the head.
public final class TrainingSession {
  let model: LanguageModel
  let decoder: Decoder
  let optimizer: AdamW
  let gradient: Tensor
  public let adapters: Adapters?
  private let support: TokenSupport
  /// Made when first needed: a model with a scalar head needs none.
  private lazy var logProbs = TokenLogProbs(decoder, over: support)

  /// - Parameters:
  ///   - adapters: adapters of the model, to be trained instead of its weights.
  ///   - activationTokens: rows of the largest expected batch, for which memory is allocated now;
  ///   larger ones make it grow.
  ///   - recomputes: keep only the input of each layer, and recompute the layer for its backward
  ///   pass: about a tenth of the activations' memory, about a tenth more time, the same bits.
  ///   - support: the tokens that log-probabilities are taken over; `.tokenizer` for a policy, so
  ///   that they are those of the generator.
  public init(
    model: LanguageModel, optimizer: AdamWOptions, adapters: Adapters? = nil,
    activationTokens: Int = 0, recomputesActivations recomputes: Bool = false,
    over support: TokenSupport = .head
  ) {
    self.model = model
    self.adapters = adapters
    self.support = support
    decoder = Decoder(model: model, keeping: recomputes ? .streams : .all)
    decoder.reserve(rows: activationTokens)
    let count = (adapters?.parameters ?? model.parameters).count
    self.optimizer = AdamW(count: count, options: optimizer)
    gradient = Tensor(count: count)
  }

  /// The trained parameters.
  private var trained: ParameterSet { adapters?.parameters ?? model.parameters }

  /// The values that a head gives to the batch's entries; no gradient.
  public func values<Head: ModelHead>(_ batch: PackedBatch, _ head: Head) -> Head.Values {
    _ = decoder.forward(batch)
    return head.forward(decoder.entries(batch))
  }

  /// Adds the gradient of a loss that is linear in a head's values, with these coefficients.
  ///
  /// - Parameter forwardDone: called after the layers' forward pass; the head's goes with its backward
  ///   pass.
  /// - Returns: the values.
  @discardableResult
  public func accumulate<Head: ModelHead>(
    _ batch: PackedBatch, _ head: Head, coefficients: [Float], forwardDone: () -> Void = {}
  ) -> Head.Values {
    let plan = decoder.forward(batch)
    forwardDone()
    return backward(batch, head, plan, coefficients: coefficients, values: nil)
  }

  /// Adds the gradient of a loss whose derivatives by a head's values `loss` computes.
  ///
  /// - Parameter forwardDone: called between the two passes.
  /// - Returns: the values.
  @discardableResult
  public func accumulate<Head: ModelHead>(
    _ batch: PackedBatch, _ head: Head, forwardDone: () -> Void = {},
    loss: (Head.Values) throws -> [Float]
  ) rethrows -> Head.Values {
    let plan = decoder.forward(batch)
    let values = head.forward(decoder.entries(batch))
    let coefficients = try loss(values)
    forwardDone()
    return backward(batch, head, plan, coefficients: coefficients, values: values)
  }

  /// Through the head and the layers, for the batch that the decoder ran.
  private func backward<Head: ModelHead>(
    _ batch: PackedBatch, _ head: Head, _ plan: AttentionPlan, coefficients: [Float],
    values: Head.Values?
  ) -> Head.Values {
    let gradients = WeightGradients(model.parameters, adapters, in: gradient.floats)
    let entries = decoder.entries(batch)
    let values = head.backward(
      entries,
      HeadGradient(
        hidden: entries.gradient,
        weight: gradients.tensor(head.weightName(in: model.parameters))),
      coefficients: coefficients, values: values)
    decoder.backwardLayers(batch, plan: plan, gradients: gradients)
    return values
  }

  /// The Euclidean norm of the gradient so far.
  public var gradientNorm: Double { Neural.gradientNorm(gradient.floats) }

  /// Clips the gradient to `maxGradNorm` as torch does, makes one AdamW update and clears the
  /// gradient; an update whose gradient is not finite is not made.
  ///
  /// - Returns: the gradient's norm before clipping.
  public func update(learningRate: Double, maxGradNorm: Double? = nil) -> Double {
    let norm = gradientNorm
    guard norm.isFinite else {
      gradient.floats.fill(0)
      return norm
    }
    let scale = maxGradNorm.map { Float(min(1, $0 / (norm + 1e-6))) } ?? 1
    optimizer.update(
      trained, gradient: gradient.floats, learningRate: learningRate, scale: scale)
    adapters?.merge(into: model)
    return norm
  }

  /// Updates done.
  public var step: Int { optimizer.step }
}

extension TrainingSession {
  /// Log-probabilities (of softmax(logits / temperature)) and entropies; no gradient.
  public func score(
    _ batch: PackedBatch, temperature: Float = 1, entropies: Bool = false
  ) -> TokenScores {
    values(
      batch, LanguageModelHead(logProbs: logProbs, temperature: temperature, entropies: entropies))
  }

  /// Adds the gradient of a loss that is linear in the log-probabilities, with these coefficients
  /// (fine-tuning: -1 / tokens), and returns the log-probabilities.
  public func accumulate(
    _ batch: PackedBatch, temperature: Float = 1, coefficients: [Float],
    forwardDone: () -> Void = {}
  ) -> [Float] {
    accumulate(
      batch, LanguageModelHead(logProbs: logProbs, temperature: temperature),
      coefficients: coefficients, forwardDone: forwardDone
    ).logProbs
  }

  /// Adds the gradient of a loss whose derivatives `loss` computes from the scores.
  public func accumulate(
    _ batch: PackedBatch, temperature: Float = 1, entropies: Bool = false,
    loss: (TokenScores) throws -> [Float]
  ) rethrows -> TokenScores {
    try accumulate(
      batch, LanguageModelHead(logProbs: logProbs, temperature: temperature, entropies: entropies),
      loss: loss)
  }
}
