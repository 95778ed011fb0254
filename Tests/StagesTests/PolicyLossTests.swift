import Foundation
import JSON
import Randomness
import TestSupport
import Testing

@testable import Stages

@Suite("The policy loss")
struct PolicyLossTests {
  @Test("agrees with TRL's loss, gradient and metrics", arguments: PolicyLossType.allCases)
  func golden(lossType: PolicyLossType) throws {
    let golden = try PolicyGolden.load()
    let cases = golden.cases.filter { $0.lossType == lossType.rawValue }
    #expect(cases.count == [.bnpo: 60, .cispo: 48][lossType] ?? 72)
    for golden in cases.map({ ($0, golden.rows($0)) }) {
      let (expected, rows) = golden
      let result = PolicyLoss(
        rows, normalizer: rows.normalizer, options: try expected.options())
      #expect(abs(result.loss - expected.loss) < 1e-12, "\(expected)")
      #expect(result.coefficients.count == expected.gradient.count)
      for (own, theirs) in zip(result.coefficients, expected.gradient) {
        #expect(abs(Double(own) - theirs) <= 1e-6 * abs(theirs), "\(expected)")
      }
      let metrics = result.metrics.values
      for (name, value) in expected.metrics ?? [:] {
        #expect(abs(try #require(metrics[name]) - value) < 1e-12, "\(name) of \(expected)")
      }
    }
  }

  @Test("micro-batches add up to the update", arguments: PolicyLossType.allCases)
  func microBatches(lossType: PolicyLossType) throws {
    let golden = try PolicyGolden.load()
    let included = [true, false, true, true, false, true]
    let rows = golden.rows(usesOld: true, included: included)
    let options = PolicyLossOptions(lossType: lossType, kl: KLPenalty(beta: 0.5))
    let whole = PolicyLoss(rows, normalizer: rows.normalizer, options: options)
    for cut in 1..<included.count {
      let parts = [0..<cut, cut..<included.count].map {
        PolicyLoss(rows.completions($0), normalizer: rows.normalizer, options: options)
      }
      var metrics = parts[0].metrics
      metrics.add(parts[1].metrics)
      #expect(abs(parts[0].loss + parts[1].loss - whole.loss) < 1e-14)
      #expect(parts[0].coefficients + parts[1].coefficients == whole.coefficients)
      #expect(Set(metrics.values.keys) == Set(whole.metrics.values.keys))
      for (name, value) in metrics.values {
        #expect(abs(value - (whole.metrics.values[name] ?? .nan)) < 1e-14, "\(name)")
      }
    }
  }

  @Test("without old log-probs every ratio is exactly 1 and the gradient flows")
  func onPolicy() throws {
    let golden = try PolicyGolden.load()
    let rows = golden.rows(usesOld: false, included: [Bool](repeating: true, count: 6))
    var same = rows
    same.oldLogProbs = rows.logProbs
    let options = PolicyLossOptions(lossType: .drGRPO, epsilon: 0)
    let result = PolicyLoss(rows, normalizer: rows.normalizer, options: options)
    let explicit = PolicyLoss(same, normalizer: rows.normalizer, options: options)
    #expect(result.metrics.values["ratio/min"] == 1)
    #expect(result.metrics.values["ratio/max"] == 1)
    #expect(result.metrics.values["ratio/mean"] == 1)
    #expect(result.coefficients == explicit.coefficients)
    #expect(result.loss == explicit.loss)
    let firstRow = Float(-1.25 / Double(6 * golden.maxCompletionLength))
    #expect(Array(result.coefficients.prefix(3)) == [firstRow, firstRow, firstRow])
  }

  @Test("completions that do not count add nothing but their place in the mean")
  func masked() throws {
    let rows = PolicyRows(
      logProbs: [-1, -2, -3], oldLogProbs: nil, refLogProbs: nil, lengths: [1, 2, 0],
      advantages: [1, .nan, 1], included: [true, false, true])
    let result = PolicyLoss(
      rows, normalizer: rows.normalizer, options: PolicyLossOptions(lossType: .grpo))
    #expect(result.loss == -1.0 / 3)
    #expect(result.coefficients == [Float(-1.0 / 3), 0, 0])
    #expect(result.metrics.tokens == 1)

    var none = rows
    none.included = [false, false, false]
    for lossType in PolicyLossType.allCases {
      let result = PolicyLoss(
        none, normalizer: none.normalizer, options: PolicyLossOptions(lossType: lossType))
      #expect(result.loss == 0)
      #expect(result.coefficients == [0, 0, 0])
      #expect(result.metrics.values["clip_ratio/low_mean"] == 0)
      #expect(result.metrics.values["clip_ratio/low_min"] == nil)
      #expect(result.metrics.values["kl"] == nil)
    }
  }

  @Test("clip ratios' extremes are over completions")
  func clipExtremes() throws {
    let rows = PolicyRows(
      logProbs: [-2, -1, -1, -2, -1, -1], oldLogProbs: [-1, -1, -1, -1, -2, -1],
      refLogProbs: nil, lengths: [3, 1, 2], advantages: [-1, -2, 1],
      included: [true, true, true])
    let result = PolicyLoss(rows, normalizer: rows.normalizer, options: PolicyLossOptions())
    #expect(result.metrics.values["clip_ratio/low_min"] == 0)
    #expect(result.metrics.values["clip_ratio/high_max"] == 0.5)
    #expect(result.metrics.values["clip_ratio/low_mean"] == 2.0 / 6)
    #expect(result.metrics.values["clip_ratio/high_mean"] == 1.0 / 6)
    #expect(result.metrics.values["clip_ratio/region_mean"] == 3.0 / 6)
    let clippedOnes = PolicyLoss(
      rows.completions(0..<2), normalizer: rows.normalizer, options: PolicyLossOptions())
    #expect(clippedOnes.metrics.values["clip_ratio/low_min"] == 1.0 / 3)
  }

  @Test("a reference far above the policy is cut, counted, and still pulls the token back")
  func overflow() throws {
    for biasCorrection in [false, true] {
      let penalty = KLPenalty(beta: 0.001, biasCorrection: biasCorrection)
      let rows = PolicyRows(
        logProbs: [-900, -1], oldLogProbs: nil, refLogProbs: [-0.5, -900], lengths: [2],
        advantages: [0], included: [true])
      let result = PolicyLoss(
        rows, normalizer: rows.normalizer, options: PolicyLossOptions(kl: penalty))
      #expect(result.loss.isFinite)
      #expect(result.coefficients.allSatisfy { $0.isFinite })
      #expect(result.coefficients[0] < 0)
      #expect(result.coefficients[1] > 0)
      #expect(result.metrics.values["exp_clamped"] == 1)
    }
  }

  @Test("a ratio beyond a Float's range is cut and counted")
  func ratioOverflow() throws {
    let rows = PolicyRows(
      logProbs: [-0.5], oldLogProbs: [-900], refLogProbs: nil, lengths: [1],
      advantages: [-1], included: [true])
    let result = PolicyLoss(
      rows, normalizer: rows.normalizer, options: PolicyLossOptions())
    let largest: Double = exp(20)
    #expect(result.loss == largest)
    #expect(result.coefficients == [Float(largest)])
    #expect(result.metrics.values["exp_clamped"] == 1)
  }

  @Test("a log-prob that is not a number makes the loss so")
  func notANumber() throws {
    let rows = PolicyRows(
      logProbs: [.nan, -1], oldLogProbs: [-1, -1], refLogProbs: nil, lengths: [2],
      advantages: [1], included: [true])
    let result = PolicyLoss(
      rows, normalizer: rows.normalizer, options: PolicyLossOptions())
    #expect(result.loss.isNaN)
  }
}

@Suite("A token's policy loss")
struct PolicyTermTests {
  /// k2 with a correction is left out: it holds the ratio fixed, so it is no derivative.
  static let penalties: [KLPenalty?] = [
    nil, KLPenalty(beta: 0.3, estimator: .k2, biasCorrection: false),
    KLPenalty(beta: 0.3, estimator: .k3, biasCorrection: false),
    KLPenalty(beta: 0.3, estimator: .k3, biasCorrection: true),
  ]

  @Test("has the slope of its value", arguments: penalties)
  func finiteDifferences(penalty: KLPenalty?) {
    var draws = RandomStream(seed: 3)
    for delta in [nil, 1.1, 3.0] {
      let options = PolicyLossOptions(epsilon: 0.2, epsilonHigh: 0.3, delta: delta, kl: penalty)
      for _ in 0..<200 {
        let logProb = -4 * draws.uniform()
        let old = logProb + 0.6 * draws.normal()
        let reference = logProb + draws.normal()
        let advantage = draws.normal()
        func term(_ logProb: Double) -> PolicyTerm {
          PolicyTerm(
            logProb: logProb, old: old, reference: reference, advantage: advantage,
            options: options)
        }
        let h = 1e-6
        let (below, here, above) = (term(logProb - h), term(logProb), term(logProb + h))
        let slope = (above.loss - below.loss) / (2 * h)
        #expect(abs(slope - here.gradient) < 1e-7 * max(1, abs(slope)))
      }
    }
  }
}

/// The expected gradient of each penalty over all outcomes of a vocabulary of five tokens, against
/// the gradient of the KL divergence itself.
@Suite("The KL penalty in expectation")
struct KLExpectationTests {
  let policy = softmax([0.3, -1.2, 0.8, 0.1, -0.4])
  let reference = softmax([-0.5, 0.4, 0.2, 1.1, -2.0])
  let sampler = softmax([0.9, -0.2, -0.3, 0.1, 0.2])

  /// The gradient, by the policy's logits, of the penalty's mean over tokens that `sampler` draws.
  func expectedGradient(_ penalty: KLPenalty, sampler: [Double]?) -> [Double] {
    let slopes = policy.indices.map { token in
      PolicyTerm(
        logProb: log(policy[token]), old: sampler.map { log($0[token]) },
        reference: log(reference[token]), advantage: 0,
        options: PolicyLossOptions(kl: penalty)
      ).gradient
    }
    return gradient(slopes, drawnFrom: sampler ?? policy)
  }

  /// E[slope ∂ log p(token) / ∂ logit], with ∂ log p_v / ∂ logit_j = [v = j] - p_j.
  func gradient(_ slopes: [Double], drawnFrom weights: [Double]) -> [Double] {
    policy.indices.map { logit in
      policy.indices.reduce(0) { sum, token in
        sum + weights[token] * slopes[token] * ((token == logit ? 1 : 0) - policy[logit])
      }
    }
  }

  /// ∂ KL(p ‖ r) / ∂ logit_j = p_j (log p_j / r_j - KL).
  var reverse: [Double] {
    let ratios = zip(policy, reference).map { log($0 / $1) }
    let divergence = zip(policy, ratios).reduce(0) { $0 + $1.0 * $1.1 }
    return zip(policy, ratios).map { $0 * ($1 - divergence) }
  }

  /// ∂ KL(r ‖ p) / ∂ logit_j = p_j - r_j.
  var forward: [Double] { zip(policy, reference).map { $0 - $1 } }

  func difference(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).map { abs($0 - $1) }.max() ?? .infinity
  }

  @Test("k2 is the gradient of KL(policy ‖ reference) on policy, and only there")
  func k2() {
    let penalty = KLPenalty(beta: 1, estimator: .k2, biasCorrection: false)
    #expect(difference(expectedGradient(penalty, sampler: nil), reverse) < 1e-15)
    #expect(difference(expectedGradient(penalty, sampler: sampler), reverse) > 0.01)
  }

  @Test("k3 is the gradient of the other divergence, KL(reference ‖ policy)")
  func k3() {
    let penalty = KLPenalty(beta: 1, estimator: .k3, biasCorrection: false)
    #expect(difference(expectedGradient(penalty, sampler: nil), forward) < 1e-15)
    #expect(difference(expectedGradient(penalty, sampler: nil), reverse) > 0.01)
  }

  @Test(
    "with the bias correction both are the gradient of KL(policy ‖ reference), on and off policy",
    arguments: KLPenalty.Estimator.allCases)
  func corrected(estimator: KLPenalty.Estimator) {
    let penalty = KLPenalty(beta: 1, estimator: estimator, biasCorrection: true)
    #expect(difference(expectedGradient(penalty, sampler: nil), reverse) < 1e-15)
    #expect(difference(expectedGradient(penalty, sampler: sampler), reverse) < 1e-15)
  }

  @Test("k1 has no gradient as a loss and the right one as a reward")
  func k1() {
    let asLoss = gradient([Double](repeating: 1, count: 5), drawnFrom: policy)
    #expect(difference(asLoss, [0, 0, 0, 0, 0]) < 1e-15)
    // A reward of -k1 as advantage: the loss's slope is minus the advantage.
    let slopes = policy.indices.map { token -> Double in
      let logRatio = sequenceLogRatios(
        logProbs: [Float(log(policy[token]))], refLogProbs: [Float(log(reference[token]))],
        lengths: [1])
      let advantage = subtractKL([0], logRatios: logRatio, beta: 1).compactMap { $0 }[0]
      return PolicyTerm(
        logProb: log(policy[token]), old: nil, reference: nil, advantage: advantage,
        options: PolicyLossOptions()
      ).gradient
    }
    #expect(difference(gradient(slopes, drawnFrom: policy), reverse) < 1e-6)
  }

  @Test("k3's mean is the divergence")
  func value() {
    let penalty = KLPenalty(beta: 1)
    let mean = policy.indices.reduce(0.0) { sum, token in
      let term = PolicyTerm(
        logProb: log(policy[token]), old: log(sampler[token]), reference: log(reference[token]),
        advantage: 0, options: PolicyLossOptions(kl: penalty))
      return sum + sampler[token] * (term.kl ?? .nan)
    }
    let divergence = zip(policy, reference).reduce(0) { $0 + $1.0 * log($1.0 / $1.1) }
    #expect(abs(mean - divergence) < 1e-15)
  }
}

private func softmax(_ logits: [Double]) -> [Double] {
  let total = logits.reduce(0) { $0 + exp($1) }
  return logits.map { exp($0) / total }
}

extension PolicyRows {
  /// The update's, when these rows are all of it.
  fileprivate var normalizer: PolicyNormalizer {
    PolicyNormalizer(lengths: lengths, included: included, maxCompletionLength: 8)
  }

  fileprivate func completions(_ range: Range<Int>) -> PolicyRows {
    let start = lengths[..<range.lowerBound].reduce(0, +)
    let tokens = start..<start + lengths[range].reduce(0, +)
    return PolicyRows(
      logProbs: Array(logProbs[tokens]), oldLogProbs: oldLogProbs.map { Array($0[tokens]) },
      refLogProbs: refLogProbs.map { Array($0[tokens]) }, lengths: Array(lengths[range]),
      advantages: Array(advantages[range]), included: Array(included[range]))
  }
}

/// Tests/Fixtures/policy.json, which policy.py makes with TRL.
struct PolicyGolden: Decodable {
  struct Case: Decodable {
    struct Clip: Decodable { let epsilon: Double, epsilonHigh: Double?, delta: Double? }
    struct KL: Decodable { let estimator: String, beta: Double, biasCorrection: Bool }
    let lossType: String
    let level: String
    let kl: KL?
    let clip: Clip
    let usesOld: Bool
    let included: [Bool]
    let loss: Double
    let metrics: [String: Double]?
    let gradient: [Double]

    func options() throws -> PolicyLossOptions {
      PolicyLossOptions(
        lossType: try #require(PolicyLossType(rawValue: lossType)),
        importanceSamplingLevel: try #require(ImportanceSamplingLevel(rawValue: level)),
        epsilon: clip.epsilon,
        epsilonHigh: clip.epsilonHigh, delta: clip.delta,
        kl: try kl.map {
          KLPenalty(
            beta: $0.beta, estimator: try #require(KLPenalty.Estimator(rawValue: $0.estimator)),
            biasCorrection: $0.biasCorrection)
        })
    }
  }

  struct AdvantageCase: Decodable {
    let rewards: [Double?]
    let groupSize: Int
    let scaling: String
    let values: [Double]
    let mean: Double
    let std: Double
  }

  let lengths: [Int]
  let maxCompletionLength: Int
  let advantages: [Double]
  let logProbs: [Float]
  let oldLogProbs: [Float]
  let refLogProbs: [Float]
  struct EstimatorCase: Decodable {
    let rewards: [Double?]
    let groupSize: Int
    let estimator: String
    let normalize: Bool
    let values: [Double]
  }

  let cases: [Case]
  let advantageCases: [AdvantageCase]
  let estimatorCases: [EstimatorCase]

  static func load() throws -> PolicyGolden { try Repository.golden("policy.json") }

  func rows(_ golden: Case) -> PolicyRows {
    rows(usesOld: golden.usesOld, included: golden.included)
  }

  func rows(usesOld: Bool, included: [Bool]) -> PolicyRows {
    PolicyRows(
      logProbs: logProbs, oldLogProbs: usesOld ? oldLogProbs : nil, refLogProbs: refLogProbs,
      lengths: lengths, advantages: advantages, included: included)
  }
}
