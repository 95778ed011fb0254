import Neural

/// Numbers that a token's row leaves in a decoder's memory, as `DecoderWorkspace` lays them out.
struct RowWidths: Sendable, Hashable {
  let layers: Double
  let hidden: Double
  let heads: Double
  /// Queries, keys and values.
  let projected: Double
  /// What attention gives.
  let attended: Double
  let intermediate: Double
  /// Queries and keys as they were before their norms, where they have such.
  var normed = 0.0

  /// What a layer keeps; factors of products fill half of their room where they are rounded.
  private func layer(_ precision: Precision) -> Double {
    let factors = 2 * hidden + intermediate
    return factors * Self.share(precision) + hidden + 2 + projected + attended + heads
      + 2 * intermediate + normed
  }

  /// Of a pass with a backward one: what enters each layer, what all layers keep (or one, where the
  /// others are computed again), the final norm, gradients, the head's rows, and factors that are
  /// rounded on their way.
  func trained(_ precision: Precision, recomputing: Bool) -> Double {
    let gradients = 2 * hidden + projected + attended + intermediate
    let rounded = precision == .f32 ? 0 : (attended + 4 * intermediate) / 2
    return (layers + 1) * hidden + (recomputing ? 1 : layers) * layer(precision) + hidden + 1
      + gradients + 2 * hidden + rounded
  }

  /// Of a forward pass alone: two streams that take turns, one layer, the final norm, the head's rows.
  func read(_ precision: Precision) -> Double {
    2 * hidden + layer(precision) + hidden + 1 + 2 * hidden
  }

  private static func share(_ precision: Precision) -> Double { precision == .f32 ? 1 : 0.5 }
}
