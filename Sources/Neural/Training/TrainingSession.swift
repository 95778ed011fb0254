public import Foundation

/// Gradients and updates of one model, or of adapters of it.
///
/// A loss comes in as its derivative by each scored token's log-probability, so that every algorithm
/// is a function of short arrays; everything of vocabulary size stays here.
public final class TrainingSession {
  private let model: LanguageModel
  let decoder: Decoder
  private let optimizer: AdamW
  let gradient: Tensor
  public let adapters: Adapters?

  /// - Parameters:
  ///   - adapters: of the model, to be trained in place of its weights.
  ///   - activationTokens: rows of the largest batch that is expected, for which memory is taken now;
  ///   larger ones make it grow.
  ///   - recomputes: keep only what enters each layer, and compute the layer again for its backward
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
    decoder = Decoder(model: model, keeping: recomputes ? .streams : .all, over: support)
    decoder.reserve(rows: activationTokens)
    let count = (adapters?.parameters ?? model.parameters).count
    self.optimizer = AdamW(count: count, options: optimizer)
    gradient = Tensor(count: count)
  }

  /// What is trained.
  private var trained: ParameterSet { adapters?.parameters ?? model.parameters }

  /// Where backward passes add the gradient.
  var gradients: WeightGradients {
    WeightGradients(model.parameters, adapters, in: gradient.floats)
  }

  /// Log-probabilities (of softmax(logits / temperature)) and entropies; no gradient.
  public func score(
    _ batch: PackedBatch, temperature: Float = 1, entropies: Bool = false
  ) -> TokenScores {
    _ = decoder.forward(batch)
    return decoder.score(batch, temperature: temperature, entropies: entropies).scores
  }

  /// Adds the gradient of a loss that is linear in the log-probabilities, with these coefficients
  /// (fine-tuning: -1 / tokens), and returns the log-probabilities.
  ///
  /// - Parameter forwardDone: called after the layers' forward pass; the head's goes chunk by chunk
  ///   with its backward pass.
  public func accumulate(
    _ batch: PackedBatch, temperature: Float = 1, coefficients: [Float],
    forwardDone: () -> Void = {}
  ) -> [Float] {
    let plan = decoder.forward(batch)
    forwardDone()
    return decoder.backward(
      batch, plan: plan, coefficients: coefficients, rows: nil, temperature: temperature,
      gradients: gradients)
  }

  /// Adds the gradient of a loss whose derivatives `loss` computes from the scores.
  public func accumulate(
    _ batch: PackedBatch, temperature: Float = 1, entropies: Bool = false,
    loss: (TokenScores) throws -> [Float]
  ) rethrows -> TokenScores {
    let plan = decoder.forward(batch)
    let (scores, rows) = decoder.score(batch, temperature: temperature, entropies: entropies)
    _ = decoder.backward(
      batch, plan: plan, coefficients: try loss(scores), rows: rows, temperature: temperature,
      gradients: gradients)
    return scores
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

  /// What is trained, as safetensors; throws `notFinite` for weights that diverged.
  public func weights() throws -> Data {
    try adapters?.files()[Adapters.weightsFile] ?? model.weights(dtype: .f32)
  }

  /// Takes over what `weights` gave, of this model or its adapters; throws for another's or a broken
  /// one.
  public func restore(weights data: Data) throws {
    if let adapters {
      try adapters.restore(weights: data, into: model)
    } else {
      try model.restore(weights: data)
    }
  }

  /// Updates done.
  public var step: Int { optimizer.step }

  /// The moments and the number of updates, as safetensors.
  public var optimizerState: Data {
    let (first, second) = optimizer.moments
    return OptimizerState.encode(
      step: optimizer.step, first: first, second: second)
  }

  /// Takes over what `optimizerState` gave; throws for another model's or a broken one.
  public func restore(optimizerState data: Data) throws {
    let (first, second) = optimizer.moments
    let step = try OptimizerState.decode(
      data, first: first, second: second)
    optimizer.restore(step: step)
  }
}

/// Log-probabilities by a model that is not trained: a reference, or one to be measured.
public final class Scorer {
  let decoder: Decoder

  /// - Parameter support: the tokens that log-probabilities are taken over.
  public init(model: LanguageModel, over support: TokenSupport = .head) {
    decoder = Decoder(model: model, keeping: .none, over: support)
  }

  /// As `TrainingSession.score`, with the memory of one layer, and the same bits.
  public func score(
    _ batch: PackedBatch, temperature: Float = 1, entropies: Bool = false
  ) -> TokenScores {
    _ = decoder.forward(batch)
    return decoder.score(batch, temperature: temperature, entropies: entropies).scores
  }
}
