import Foundation
import Text

/// Llama 3's stretching of rotary frequencies (`rope_type: llama3`): long waves are slowed down by
/// `factor`, short ones stay, those between are blended.
public struct RopeScaling: Sendable, Equatable {
  public var factor: Double
  /// Waves longer than the original context divided by this are slowed down.
  public var lowFreqFactor: Double
  /// Waves shorter than the original context divided by this stay.
  public var highFreqFactor: Double
  public var originalMaxPositionEmbeddings: Int

  public init(
    factor: Double, lowFreqFactor: Double = 1, highFreqFactor: Double = 4,
    originalMaxPositionEmbeddings: Int = 8192
  ) {
    self.factor = factor
    self.lowFreqFactor = lowFreqFactor
    self.highFreqFactor = highFreqFactor
    self.originalMaxPositionEmbeddings = originalMaxPositionEmbeddings
  }

  /// The stretched frequency, in 32 bits and in the order of operations of transformers'
  /// `_compute_llama3_parameters`.
  func frequency(_ frequency: Float) -> Float {
    let (context, factor) = (Float(originalMaxPositionEmbeddings), Float(factor))
    let wave = Float(2 * Double.pi) / frequency
    if wave < Float(Double(originalMaxPositionEmbeddings) / highFreqFactor) { return frequency }
    let slow = frequency / factor
    if wave > Float(Double(originalMaxPositionEmbeddings) / lowFreqFactor) { return slow }
    let share = (context / wave - Float(lowFreqFactor)) / Float(highFreqFactor - lowFreqFactor)
    return (1 - share) * frequency / factor + share * frequency
  }

  /// By how much each pair of a head is slowed down: unstretched / stretched frequency.
  func factors(headDim: Int, theta: Double) -> [Float] {
    RotaryTable.frequencies(headDim: headDim, theta: theta, scaling: nil).map {
      $0 / frequency($0)
    }
  }

  /// Throws a `mismatch` for values that mean nothing; `source` begins the message.
  func validate(_ source: String) throws {
    guard factor >= 1, factor.isFinite else {
      throw ModelError(
        .mismatch, "\(source): the factor of llama3 rope scaling is \(factor); it must be 1 or more"
      )
    }
    guard lowFreqFactor > 0, highFreqFactor > lowFreqFactor, highFreqFactor.isFinite else {
      throw ModelError(
        .mismatch,
        "\(source): high_freq_factor (\(highFreqFactor)) must be greater than "
          + "low_freq_factor (\(lowFreqFactor)), and both positive")
    }
    guard (1...1 << 30).contains(originalMaxPositionEmbeddings) else {
      throw ModelError(
        .mismatch,
        "\(source): original_max_position_embeddings is \(originalMaxPositionEmbeddings); it must "
          + "be positive")
    }
  }
}
