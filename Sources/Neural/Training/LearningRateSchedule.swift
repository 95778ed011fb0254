import Foundation

/// How the learning rate moves, as transformers' `get_scheduler` has it: a rise from 0 over the
/// warm-up, then the shape.
public enum LearningRateSchedule: Sendable, Equatable {
  case constant(warmupSteps: Int)
  /// A straight line down to `floor` at the last step.
  case linear(warmupSteps: Int, floor: Double)
  /// Half a cosine down to `floor` at the last step (`cosine_with_min_lr`).
  case cosine(warmupSteps: Int, floor: Double)

  /// The factor of the peak learning rate at update `step`, counted from 0, of `total`.
  public func factor(step: Int, of total: Int) -> Double {
    let (warmup, floor): (Int, Double) =
      switch self {
      case .constant(let warmup): (warmup, 1)
      case .linear(let warmup, let floor), .cosine(let warmup, let floor): (warmup, floor)
      }
    if step < warmup { return Double(step) / Double(max(1, warmup)) }
    let progress = min(1, Double(step - warmup) / Double(max(1, total - warmup)))
    switch self {
    case .constant: return 1
    case .linear: return floor + (1 - floor) * (1 - progress)
    case .cosine: return floor + (1 - floor) * (0.5 * (1 + cos(.pi * progress)))
    }
  }
}
