import CMath

extension BackwardTile {
  /// Scores of a block become weights, gradients of weights those of scores: factors by rows, in their
  /// places, and side by side.
  func differentiateSoftmax(_ scratch: Floats, pairs: Int, visible: Int, step: Int) {
    let block = ScoreBlock(
      scores: weights(scratch), dWeights: dScores(scratch), logSumExp: logSumExp(scratch),
      products: products(scratch), visible: visible, step: step, group: shape.group)
    switch shape.precision {
    case .f32: for pair in 0..<pairs { block.store(pair, block.differentiated(pair)) }
    case .bf16:
      let beside = dScoresBeside(scratch)
      for pair in stride(from: 0, to: pairs & ~1, by: 2) {
        block.store(pair, block.differentiated(pair), block.differentiated(pair + 1), beside)
      }
      if pairs % 2 == 1 {
        let none = SoftmaxRow(weights: [.zero, .zero], dScores: [.zero, .zero])
        block.store(pairs - 1, block.differentiated(pairs - 1), none, beside)
      }
    }
  }
}

/// The weights of one pair (query row and head) over a block, and the gradients of its scores.
private struct SoftmaxRow {
  let weights: InlineArray<2, SIMD16<Float>>
  let dScores: InlineArray<2, SIMD16<Float>>
}

/// What backward's softmax of a tile over one block of keys reads, and where the results go.
private struct ScoreBlock {
  /// [pairs, 32]
  let scores: Floats
  let dWeights: Floats
  /// [pairs]
  let logSumExp: Floats
  let products: Floats
  /// As in `AttentionTile.attend`.
  let visible: Int
  let step: Int
  let group: Int

  @inline(__always)
  func differentiated(_ pair: Int) -> SoftmaxRow {
    let start = pair &* AttentionShape.block
    var low = exponential(scores.load16(start) - logSumExp[pair])
    var high = exponential(scores.load16(start &+ 16) - logSumExp[pair])
    let visible = step == 0 ? visible : visible &+ pair / group
    if visible < AttentionShape.block {
      let (hiddenLow, hiddenHigh) = hidden(from: visible)
      low = low.replacing(with: 0, where: hiddenLow)
      high = high.replacing(with: 0, where: hiddenHigh)
    }
    return SoftmaxRow(
      weights: [low, high],
      dScores: [
        low * (dWeights.load16(start) - products[pair]),
        high * (dWeights.load16(start &+ 16) - products[pair]),
      ])
  }

  @inline(__always)
  func store(_ pair: Int, _ row: SoftmaxRow) {
    for half in 0..<2 {
      let start = pair &* AttentionShape.block &+ half &* 16
      scores.store16(row.weights[half], start)
      dWeights.store16(row.dScores[half], start)
    }
  }

  /// Two rows as one row of pairs, which overwrites a row that was read before.
  /// - beside: [pairs, 32], bfloat16
  @inline(__always)
  func store(_ pair: Int, _ first: SoftmaxRow, _ second: SoftmaxRow, _ beside: Floats) {
    for half in 0..<2 {
      let start = pair / 2 &* AttentionShape.block &+ half &* 16
      scores.store16(pair16(first.weights[half], second.weights[half]), start)
      let pairs = pair16(first.dScores[half], second.dScores[half])
      dWeights.store16(pairs, start)
      let word = pair &* AttentionShape.block &+ half &* 16
      beside.storeWords(lower_words16(pairs), word)
      beside.storeWords(upper_words16(pairs), word &+ AttentionShape.block)
    }
  }
}
