/// What reads the last layer's hidden states: gives a value to every scored entry of a batch, and carries a
/// loss of these values back to the hidden states and to its own weight.
public protocol ModelHead {
  /// What it says of a batch's entries.
  associatedtype Values

  /// The name of its weight among a model's parameters.
  func weightName(in parameters: ParameterSet) -> String

  /// The values of the entries; no gradient.
  func forward(_ entries: ScoredEntries) -> Values

  /// Writes d loss / d hidden state of every entry, and adds d loss / d weight.
  ///
  /// - Parameters:
  ///   - coefficients: d loss / d value, one an entry.
  ///   - values: what `forward` gave; nil computes them on the way.
  /// - Returns: the values.
  func backward(
    _ entries: ScoredEntries, _ gradient: HeadGradient, coefficients: [Float], values: Values?
  ) -> Values
}

/// Where a head's gradients go.
public struct HeadGradient {
  /// [N, C], to be written.
  let hidden: Floats
  /// In the layout of the head's weight, to be added to; nil while that is frozen.
  let weight: Floats?

  var matrix: MatrixGradient { weight.map { .whole($0) } ?? .frozen }
}
