/// The sizes that a decoder's kernels need.
struct DecoderSizes: Sendable {
  let hidden: Int
  let heads: Int
  let keyValueHeads: Int
  let headDim: Int
  let intermediate: Int
  let layers: Int
  let vocabulary: Int
  let epsilon: Float
  /// Queries and keys are normed head by head.
  let normsHeads: Bool

  init(_ config: ModelConfig) {
    hidden = config.hiddenSize
    heads = config.numAttentionHeads
    keyValueHeads = config.numKeyValueHeads
    headDim = config.headDim
    intermediate = config.intermediateSize
    layers = config.numHiddenLayers
    vocabulary = config.vocabSize
    epsilon = Float(config.rmsNormEps)
    normsHeads = config.queryKeyNorm
  }

  var queries: Int { heads * headDim }
  var keys: Int { keyValueHeads * headDim }
  /// Queries, keys and values of a row.
  var projected: Int { queries + 2 * keys }
  /// What the norms of heads keep of a row: queries and keys as they came, and a number a head.
  var normedQueryKey: Int { normsHeads ? queries + keys : 0 }
  var normedHeads: Int { normsHeads ? heads + keyValueHeads : 0 }

  /// How `heads` queries or keys lie in rows of activations.
  func headRows(_ heads: Int) -> HeadRows {
    HeadRows(
      heads: heads, headDim: headDim, stride: projected, keptStride: normedQueryKey,
      reciprocalStride: normedHeads)
  }

  func attention(_ precision: Precision) -> AttentionShape {
    AttentionShape(
      heads: heads, keyValueHeads: keyValueHeads, headDim: headDim, precision: precision)
  }
}
