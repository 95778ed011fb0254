public import ArgumentParser
import Neural
public import Recipes

extension PrecisionChoice: ExpressibleByArgument {}

extension PrecisionChoice {
  /// What `auto` comes to here, in a sentence; nil where there is nothing to say.
  var note: String? {
    guard self == .auto else { return nil }
    return Precision.hasBF16
      ? "precision auto: bf16, which this processor supports"
      : "precision auto: f32, since this processor does not support bf16"
  }

  /// The resolved precision on this processor.
  ///
  /// - Parameter culprit: the setting that requires bf16, for the error on processors without it.
  func resolved(_ culprit: String = "--precision bf16") throws -> Precision {
    switch self {
    case .f32: return .f32
    case .auto: return Precision.hasBF16 ? .bf16 : .f32
    case .bf16:
      guard Precision.hasBF16 else {
        throw CommandError(
          .badInput,
          "\(culprit): this processor does not support bf16 (AVX512-BF16 or AMX); use "
            + "auto or f32")
      }
      return .bf16
    }
  }
}
