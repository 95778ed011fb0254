public import ArgumentParser
import Neural
public import Recipes

extension PrecisionChoice: ExpressibleByArgument {}

extension PrecisionChoice {
  /// What it comes to on this processor.
  ///
  /// - Parameter culprit: what asks for bf16, for the error where there is none.
  func resolved(_ culprit: String = "--precision bf16") throws -> Precision {
    switch self {
    case .f32: return .f32
    case .auto: return Precision.hasBF16 ? .bf16 : .f32
    case .bf16:
      guard Precision.hasBF16 else {
        throw CommandError(
          .badInput,
          "\(culprit): this processor does not multiply bf16 numbers (AVX512-BF16 or AMX); use "
            + "auto or f32")
      }
      return .bf16
    }
  }
}
