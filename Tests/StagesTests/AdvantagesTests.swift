import Foundation
import Statistics
import Testing

@testable import Stages

@Suite("Advantages")
struct AdvantagesTests {
  @Test("agree with TRL's for every scaling, with rewards left out")
  func golden() throws {
    let golden = try PolicyGolden.load()
    #expect(golden.advantageCases.count == 9)
    for expected in golden.advantageCases {
      let result = Advantages(
        rewards: expected.rewards, groupSize: expected.groupSize,
        scaling: try #require(RewardScaling(rawValue: expected.scaling)))
      #expect(result.values.count == expected.values.count)
      for (own, theirs) in zip(result.values, expected.values) {
        #expect(abs(own - theirs) <= 1e-12 * max(1, abs(theirs)), "\(expected)")
      }
      let moments = Moments(expected.rewards.compactMap { $0 })
      #expect(abs(try #require(moments.mean) - expected.mean) < 1e-12)
      #expect(abs(try #require(moments.standardDeviation) - expected.std) < 1e-12)
    }
  }

  @Test("other estimators agree with TRL's RLOO and the formulas of REINFORCE++")
  func estimators() throws {
    let golden = try PolicyGolden.load()
    #expect(golden.estimatorCases.count == 12)
    for expected in golden.estimatorCases {
      let result = Advantages(
        rewards: expected.rewards, groupSize: expected.groupSize,
        estimator: try #require(AdvantageEstimator(rawValue: expected.estimator)),
        normalize: expected.normalize)
      #expect(result.values.count == expected.values.count)
      for (own, theirs) in zip(result.values, expected.values) {
        #expect(abs(own - theirs) <= 1e-12 * max(1, abs(theirs)), "\(expected)")
      }
    }
    for estimator in AdvantageEstimator.allCases {
      let equal = Advantages(rewards: [0.1, 0.1, 0.1], groupSize: 3, estimator: estimator)
      #expect(equal.values == [0, 0, 0] && equal.zeroStdFraction == 1)
    }
  }

  @Test("equal rewards have no signal, whatever rounding makes of their mean")
  func equalRewards() {
    // The mean of three times 0.1 is not 0.1, so TRL's formula leaves a remainder here.
    #expect((0.1 + 0.1 + 0.1) / 3 != 0.1)
    for scaling in RewardScaling.allCases {
      let result = Advantages(
        rewards: [0.1, 0.1, 0.1, 0, 1, 1], groupSize: 3, scaling: scaling)
      #expect(Array(result.values.prefix(3)) == [0, 0, 0])
      #expect(result.values.suffix(3).allSatisfy { $0 != 0 })
      #expect(result.zeroStdFraction == 0.5)
    }
  }

  @Test("rewards that differ by rounding are not equal")
  func nearlyEqual() {
    let result = Advantages(rewards: [0.5, 0.5.nextUp], groupSize: 2, scaling: .group)
    #expect(result.zeroStdFraction == 0)
    #expect(result.values.allSatisfy { abs($0) < 1e-11 })
  }

  @Test("a group with one reward or none gives 0 and is not counted")
  func lonely() {
    for scaling in RewardScaling.allCases {
      let result = Advantages(
        rewards: [nil, 5, nil, nil, 0, 1], groupSize: 2, scaling: scaling)
      #expect(Array(result.values.prefix(4)) == [0, 0, 0, 0])
      #expect(result.values[4] < 0 && result.values[5] > 0)
      #expect(result.zeroStdFraction == 0)
    }
    #expect(Advantages(rewards: [3], groupSize: 1, scaling: .batch).values == [0])
    #expect(Advantages(rewards: [], groupSize: 4, scaling: .group).zeroStdFraction == 0)
  }

  @Test("a row that could not be judged does not move the others")
  func leftOut() {
    let with = Advantages(rewards: [0, 1, nil, 1], groupSize: 4, scaling: .group)
    let without = Advantages(rewards: [0, 1, 1], groupSize: 3, scaling: .group)
    #expect(with.values == [without.values[0], without.values[1], 0, without.values[2]])
  }
}

@Suite("Rewards before advantages")
struct RewardTests {
  @Test("are weighted sums without the rewards that abstain")
  func weighted() {
    #expect(weightedReward(scores: [1, 0.5], weights: [1, 0.25]) == 1.125)
    #expect(weightedReward(scores: [nil, 0.5], weights: [1, 0.25]) == 0.125)
    #expect(weightedReward(scores: [0, nil], weights: [1, 1]) == 0)
    #expect(weightedReward(scores: [nil, nil], weights: [1, 1]) == nil)
  }

  @Test("lose beta times the sum of log p - log r")
  func klInReward() {
    let ratios = sequenceLogRatios(
      logProbs: [-1, -2, -0.5, -4], refLogProbs: [-2, -1.5, -0.25, -8], lengths: [2, 0, 1, 1])
    #expect(ratios == [0.5, 0, -0.25, 4])
    #expect(subtractKL([1, 1, nil, 0], logRatios: ratios, beta: 0.5) == [0.75, 1, nil, -2])
  }
}
