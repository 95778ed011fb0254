/// Thrown where a model's logits are not numbers: its weights are finite (the loader checks this), so
/// its activations are too large for 32-bit floats.
public struct UndefinedLogits: Error, Sendable, Equatable, CustomStringConvertible {
  /// Index of the prompt, and of the sample within it.
  public let prompt: Int
  public let sample: Int
  /// Tokens of the completion before the one that could not be drawn.
  public let position: Int

  public var description: String {
    "the model's logits for token \(position + 1) after the prompt are not numbers: its activations "
      + "overflow, as after training that diverged; use an earlier checkpoint"
  }
}
