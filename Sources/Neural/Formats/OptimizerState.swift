import Foundation
import Host
import Text

/// AdamW's state as safetensors: the moments in the parameters' layout, and the number of updates.
enum OptimizerState {
  private static let file = "optimizer.safetensors"

  static func encode(_ optimizer: AdamW) -> FileContent {
    let (first, second) = optimizer.moments
    return SafetensorsWriter.write(
      [("exp_avg", [first.count], first), ("exp_avg_sq", [second.count], second)], as: .f32,
      metadata: ["step": "\(optimizer.step)"], of: optimizer)
  }

  /// Writes the moments and returns the number of updates; throws `mismatch` for another model's.
  static func decode(
    _ data: Data, first: Floats, second: Floats
  ) throws -> Int {
    let stored = try Safetensors(data, name: file)
    guard let step = stored.metadata["step"].flatMap({ Int($0) }), step >= 0,
      stored.tensors.map(\.name) == ["exp_avg", "exp_avg_sq"],
      stored.tensors.allSatisfy({ $0.shape == [first.count] && $0.type == .f32 })
    else {
      throw ModelError(
        .mismatch, "\(file): not the state of a model with \(first.count) parameters")
    }
    for (tensor, values) in zip(stored.tensors, [first, second]) { tensor.read(values, from: data) }
    return step
  }
}
