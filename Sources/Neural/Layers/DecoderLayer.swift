/// One layer of a Llama-family decoder: the same arithmetic for training, scoring and decoding, which
/// differ only in where attention finds its keys.
///
/// What is done row by row goes through blocks of rows from one end to the other (`Parallel.rows`), so that
/// a block stays in a core's cache; attention and the gradients of weights lie between.
struct DecoderLayer {
  let sizes: DecoderSizes
  let weights: LayerWeights
  let packed: PackedWeights.Layer
  /// Where factors of products are rounded.
  let operands: OperandMemory

  /// Fills the activations, from the input to the output.
  ///
  /// - Parameter attend: writes `attended` (and `logSumExp`) from rotated queries, keys and values.
  func forward(
    _ a: LayerActivations, positions: [Int32], rotary: RotaryTable,
    attend: (LayerActivations) -> Void
  ) {
    activate(a, positions: positions, rotary: rotary, toOutput: true, attend: attend)
  }

  /// Fills what lies between input and output, all that `backward` needs, or the output, too.
  func activate(
    _ a: LayerActivations, positions: [Int32], rotary: RotaryTable, toOutput: Bool = false,
    attend: (LayerActivations) -> Void
  ) {
    let count = positions.count
    Parallel.rows(count) { part in
      project(a.rows(part, of: count), positions[part], rotary)
    }
    attend(a)
    let attended = operands.room(over: a.attended, packed.output.precision, .input)
    Parallel.rows(count) { part in
      let (a, attended) = (a.rows(part, of: count), attended.rows(part, of: count))
      feedForward(a, attended: attended, rows: part.count)
      if toOutput {
        matmul(a.output, a.activated, packed.down, rows: part.count)
        addResidual(a.output, a.middle)
      }
    }
  }

  /// From the input to rotated queries and keys, and values.
  private func project(
    _ a: LayerActivations, _ positions: ArraySlice<Int32>, _ rotary: RotaryTable
  ) {
    let rows = positions.count
    rmsNorm(
      a.normed, a.reciprocals, a.input, weight: weights.inputNorm, epsilon: sizes.epsilon,
      rows: rows)
    matmul(a.queryKeyValue, a.normed, packed.queryKeyValue, rows: rows)
    if let bias = weights.queryKeyValueBias { addBias(a.queryKeyValue, bias, rows: rows) }
    normHeads(a, rows: rows)
    // Queries and keys lie side by side and turn alike.
    rotary.rotate(
      a.queryKeyValue, heads: sizes.heads + sizes.keyValueHeads, stride: sizes.projected,
      positions: positions)
  }

  /// From what attention gave to what goes down into the stream again.
  ///
  /// - Parameter attended: room for it as a factor.
  private func feedForward(_ a: LayerActivations, attended: Operand, rows: Int) {
    attended.fill(a.attended)
    matmul(a.middle, attended, packed.output, rows: rows)
    residualRMSNorm(
      a.postNormed, a.postReciprocals, a.middle, residual: a.input, weight: weights.postNorm,
      epsilon: sizes.epsilon, rows: rows)
    matmul(a.gateUp, a.postNormed, packed.gateUp, rows: rows)
    swiGLU(a.activated, gateUp: a.gateUp, rows: rows, width: sizes.intermediate)
  }

  /// Norms each head's query and key, where the model does.
  private func normHeads(_ a: LayerActivations, rows: Int) {
    guard let query = weights.queryNorm, let key = weights.keyNorm else { return }
    headNorm(
      a.queryKeyValue, kept: a.queryKey, a.headReciprocals, weight: query, epsilon: sizes.epsilon,
      sizes.headRows(sizes.heads), rows: rows)
    headNorm(
      a.queryKeyValue.after(sizes.queries), kept: a.queryKey.after(sizes.queries),
      a.headReciprocals.after(sizes.heads), weight: key, epsilon: sizes.epsilon,
      sizes.headRows(sizes.keyValueHeads), rows: rows)
  }
}
