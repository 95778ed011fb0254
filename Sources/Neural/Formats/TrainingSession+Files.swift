public import Foundation
public import Host

extension TrainingSession {
  /// The trained parameters, as safetensors; throws `notFinite` for weights that diverged.
  public func weights() throws -> Data {
    try adapters?.files()[Adapters.weightsFile] ?? .copy(of: model.weights(dtype: .f32))
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

  /// The moments and the number of updates, as safetensors; read when they are written.
  public var optimizerState: FileContent { OptimizerState.encode(optimizer) }

  /// Takes over what `optimizerState` gave; throws for another model's or a broken one.
  public func restore(optimizerState data: Data) throws {
    let (first, second) = optimizer.moments
    let step = try OptimizerState.decode(
      data, first: first, second: second)
    optimizer.restore(step: step)
  }
}
