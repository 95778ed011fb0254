import Foundation

/// How the token losses of an update are averaged: TRL's `loss_type`.
enum PolicyLossType: String, CaseIterable, Sendable {
  /// The mean over a completion's tokens, then over the completions.
  case grpo
  /// The mean over the tokens of the update. TRL takes it within each micro-batch, which makes the
  /// loss depend on how the batch is cut; here it is the same as `dapo`.
  case bnpo
  /// The mean over the tokens of the update.
  case dapo
  /// The sum over tokens, divided by the completions times `max_completion_length`.
  case drGRPO = "dr_grpo"
  /// The mean over the tokens of the update of -min(ρ, ε_high) A log p, with the bounded ratio held
  /// fixed: no token's gradient is clipped away (MiniMax-M1, arXiv 2506.13585).
  case cispo
}

/// Whether the ratio of new to old probability is taken per token or per completion: TRL's
/// `importance_sampling_level`.
enum ImportanceSamplingLevel: String, CaseIterable, Sendable {
  case token
  /// A whole completion: the geometric mean over its tokens, the same for each of them (GSPO,
  /// arXiv 2507.18071).
  case sequence
}

/// A penalty in the loss for moving away from the reference model.
///
/// With d = log r(token) - log p(token) (r the reference, p the policy, o the policy that sampled)
/// and ρ = p / o, the per-token value and the gradient that it gives in expectation are
///
///     k2  d² / 2                  ∇KL(p ‖ r), while o = p
///     k3  exp(d) - d - 1          ∇KL(r ‖ p), while o = p
///     either, times ρ             ∇KL(p ‖ r), whatever o is
///
/// The last row is TRL's `use_bias_correction_kl`; ρ is differentiated for k3 (as in TRL) and held
/// fixed for k2 (which TRL does not have), and both then have the gradient -ρ d at every token.
/// There is no k1 here: the gradient of -d has expectation zero. Its place is the reward
/// (`subtractKL`).
struct KLPenalty: Sendable, Equatable {
  enum Estimator: String, CaseIterable, Sendable { case k2, k3 }

  var beta: Double
  var estimator = Estimator.k3
  var biasCorrection = true
}

/// The settings of the clipped policy loss; names and defaults are TRL's.
struct PolicyLossOptions: Sendable, Equatable {
  var lossType = PolicyLossType.dapo
  var importanceSamplingLevel = ImportanceSamplingLevel.token
  var epsilon = 0.2
  /// The upper clip range, of cispo the upper bound itself; nil: the same as `epsilon`.
  var epsilonHigh: Double?
  /// The most that a ratio may count, whatever the sign of the advantage; nil: no limit.
  var delta: Double?
  /// nil: no penalty, which is TRL's `beta: 0`.
  var kl: KLPenalty?
}

/// Completions of one micro-batch: per token in the order completion, token, and per completion.
struct PolicyRows: Sendable {
  /// Log-probabilities under the policy that is trained.
  var logProbs: [Float]
  /// The same under the policy at the start of the rollout batch; nil: equal to `logProbs`, so that
  /// every ratio is exactly 1 and the gradient still flows.
  var oldLogProbs: [Float]?
  var refLogProbs: [Float]?
  /// Tokens of each completion.
  var lengths: [Int]
  var advantages: [Double]
  /// Completions that count; the others add neither loss nor metrics.
  var included: [Bool]
}

/// The divisors of an update's losses, counted over the whole update before it is cut into
/// micro-batches, so that the micro-batches' losses add up to the update's.
struct PolicyNormalizer: Sendable, Equatable {
  /// All completions, with those that are left out: as in TRL, they lower the mean.
  var completions: Int
  /// The tokens of the completions that count.
  var tokens: Int
  var maxCompletionLength: Int

  init(lengths: [Int], included: [Bool], maxCompletionLength: Int) {
    precondition(lengths.count == included.count, "one flag per completion")
    completions = lengths.count
    tokens = zip(lengths, included).reduce(0) { $0 + ($1.1 ? $1.0 : 0) }
    self.maxCompletionLength = maxCompletionLength
  }

  /// The weight of one token's loss in a completion of `length` tokens.
  func weight(_ type: PolicyLossType, length: Int) -> Double {
    switch type {
    case .grpo: 1 / (Double(max(length, 1)) * Double(max(completions, 1)))
    case .bnpo, .dapo, .cispo: 1 / Double(max(tokens, 1))
    case .drGRPO: 1 / (Double(max(completions, 1)) * Double(max(maxCompletionLength, 1)))
    }
  }
}

/// The contribution of one micro-batch to the update.
struct PolicyLoss: Sendable {
  var loss = 0.0
  /// d loss / d log-probability, one per token; 0 in completions that do not count.
  var coefficients: [Float]
  var metrics = PolicyLossMetrics()
}

extension PolicyLoss {
  /// The clipped policy loss with its penalty, as TRL 1.16's `GRPOTrainer._compute_loss`.
  ///
  /// Sums are in double precision. Non-finite input gives a non-finite loss, never a trap.
  init(_ rows: PolicyRows, normalizer: PolicyNormalizer, options: PolicyLossOptions) {
    let tokens = rows.logProbs.count
    let completions = rows.lengths.count
    precondition(rows.lengths.reduce(0, +) == tokens, "the lengths cover the tokens")
    precondition(rows.oldLogProbs.map { $0.count == tokens } ?? true, "one old value per token")
    precondition(rows.refLogProbs.map { $0.count == tokens } ?? true, "one reference per token")
    precondition(rows.refLogProbs != nil || options.kl == nil, "a penalty needs a reference")
    precondition(rows.advantages.count == completions, "one advantage per completion")
    precondition(rows.included.count == completions, "one flag per completion")
    coefficients = [Float](repeating: 0, count: tokens)
    var start = 0
    for (completion, length) in rows.lengths.enumerated() {
      defer { start += length }
      guard rows.included[completion] else { continue }
      let weight = normalizer.weight(options.lossType, length: length)
      let tokens = start..<start + length
      let isSequence = options.importanceSamplingLevel == .sequence
      let sequence = isSequence ? SequenceRatio(rows, tokens, options.kl) : nil
      var own = PolicyLossMetrics()
      for token in tokens {
        let term = PolicyTerm(
          logProb: Double(rows.logProbs[token]),
          old: rows.oldLogProbs.map { Double($0[token]) },
          reference: rows.refLogProbs.map { Double($0[token]) },
          advantage: rows.advantages[completion], sequence: sequence, options: options)
        loss += weight * term.loss
        coefficients[token] = Float(weight * term.gradient)
        // The ratio of a completion counts once.
        own.add(term, countsRatio: !isSequence || token == start)
      }
      own.endCompletion()
      metrics.add(own)
    }
  }
}

/// The values that the tokens of a completion share when the ratio is taken per completion.
struct SequenceRatio: Sendable, Equatable {
  /// The mean over the tokens of log p - log p_old.
  let logRatio: Double
  /// The mean over the tokens of k3, which the ratio weights; 0 without a penalty.
  let meanKL: Double

  init(logRatio: Double, meanKL: Double) {
    self.logRatio = logRatio
    self.meanKL = meanKL
  }

  init(_ rows: PolicyRows, _ tokens: Range<Int>, _ penalty: KLPenalty?) {
    let count = Double(max(tokens.count, 1))
    logRatio =
      rows.oldLogProbs.map { old in
        tokens.reduce(0.0) { $0 + Double(rows.logProbs[$1]) - Double(old[$1]) } / count
      } ?? 0
    guard let reference = rows.refLogProbs, penalty?.estimator == .k3 else {
      meanKL = 0
      return
    }
    meanKL =
      tokens.reduce(0.0) { sum, token in
        let d = Double(reference[token]) - Double(rows.logProbs[token])
        return sum + exp(min(d, PolicyTerm.largestExponent)) - d - 1
      } / count
  }
}

/// The loss of one token, before it is weighted.
struct PolicyTerm: Sendable, Equatable {
  /// Exponents are clamped at this value: one such token would outweigh all others, and from 88 on
  /// its gradient would overflow a `Float`. TRL has no such limit and the same numbers below it.
  static let largestExponent = 20.0

  private(set) var loss = 0.0
  /// d loss / d log-probability. Beyond `largestExponent` it keeps the size that it has there
  /// (the derivative of a constant, 0, would stop pulling the token back).
  private(set) var gradient = 0.0
  /// p / p_old, before `delta`.
  private(set) var ratio = 1.0
  /// The penalty's value before `beta` (without a penalty: k3); nil without a reference.
  private(set) var kl: Double?
  private(set) var isLowClipped = false
  private(set) var isHighClipped = false
  /// Exponents that were clamped.
  private(set) var cutExponents = 0

  /// - Parameter sequence: the ratio of the completion that the token is in, at level `sequence`; the
  ///   gradient is then that of the sum over the completion's tokens.
  init(
    logProb: Double, old: Double?, reference: Double?, advantage: Double,
    sequence: SequenceRatio? = nil, options: PolicyLossOptions
  ) {
    ratio = boundedExp(sequence?.logRatio ?? old.map { logProb - $0 } ?? 0)
    if options.lossType == .cispo {
      addBoundedWeight(logProb, advantage, options)
    } else {
      addClippedSurrogate(advantage, options)
    }
    if let reference { addPenalty(reference - logProb, options.kl, meanKL: sequence?.meanKL) }
  }

  /// -min(ρ, ε_high) A log p with ρ held fixed.
  private mutating func addBoundedWeight(
    _ logProb: Double, _ advantage: Double, _ options: PolicyLossOptions
  ) {
    let most = options.epsilonHigh ?? options.epsilon
    gradient = -min(ratio, most) * advantage
    loss = gradient * logProb
    isHighClipped = ratio > most && advantage > 0
  }

  /// -min(min(ρ, δ) A, clip(ρ, 1 - ε, 1 + ε_high) A)
  private mutating func addClippedSurrogate(_ advantage: Double, _ options: PolicyLossOptions) {
    let low = 1 - options.epsilon
    let high = 1 + (options.epsilonHigh ?? options.epsilon)
    let most = options.delta ?? .infinity
    let capped = min(ratio, most)
    let clipped = min(max(ratio, low), high)
    // dρ / d log p = ρ, and 0 where a bound holds.
    if capped * advantage < clipped * advantage {
      loss = -capped * advantage
      gradient = ratio > most ? 0 : -ratio * advantage
    } else {
      loss = -clipped * advantage
      gradient = ratio < low || ratio > high ? 0 : -ratio * advantage
    }
    isLowClipped = capped < low && advantage < 0
    isHighClipped = capped > high && advantage > 0
  }

  /// Adds the penalty for d = log r - log p; without one, only its value for the metrics.
  ///
  /// - Parameter meanKL: the completion's mean of k3 where the ratio is one of the completion.
  private mutating func addPenalty(_ d: Double, _ penalty: KLPenalty?, meanKL: Double?) {
    let isCorrected = penalty?.biasCorrection ?? false
    let weight = isCorrected ? ratio : 1
    let slope: Double
    switch penalty?.estimator ?? .k3 {
    case .k2:
      kl = weight * d * d / 2
      slope = -weight * d
    case .k3:
      let exponential = boundedExp(d)
      kl = weight * (exponential - d - 1)
      if isCorrected {
        // ρ k3 + ρ (1 - exp d); without the cancellation where both are the token's own.
        slope = meanKL.map { weight * ($0 + 1 - exponential) } ?? -weight * d
      } else {
        slope = 1 - exponential
      }
    }
    guard let penalty, let kl else { return }
    loss += penalty.beta * kl
    gradient += penalty.beta * slope
  }

  private mutating func boundedExp(_ x: Double) -> Double {
    guard x > Self.largestExponent else { return exp(x) }
    cutExponents += 1
    return exp(Self.largestExponent)
  }
}
