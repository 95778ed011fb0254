// N: rows (tokens). C: hidden size. Q, K: widths of queries and of keys. I: intermediate size.

/// What one decoder layer computes for N rows, as views of a workspace.
struct LayerActivations {
  /// [N, C], the residual stream as it enters.
  let input: Floats
  /// [N, C] and [N]: the first norm's output and reciprocals.
  let normed: Operand
  let reciprocals: Floats
  /// [N, Q + 2 K], rotated.
  let queryKeyValue: Floats
  /// [N, Q + K], queries and keys before their norms, and [N, heads + key heads], the norms'
  /// reciprocals; empty where there are no such norms.
  let queryKey: Floats
  let headReciprocals: Floats
  /// [N, Q]
  let attended: Floats
  /// [N, heads], for attention's backward pass.
  let logSumExp: Floats
  /// [N, C], the residual stream after attention.
  let middle: Floats
  let postNormed: Operand
  let postReciprocals: Floats
  /// [N, 2 I], gate before up.
  let gateUp: Floats
  /// [N, I]
  let activated: Operand
  /// [N, C], the residual stream as it leaves; the next layer's input.
  let output: Floats
}

/// One layer of a Llama-family decoder: the same arithmetic for training, scoring and decoding, which
/// differ only in where attention finds its keys.
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
    activate(a, positions: positions, rotary: rotary, attend: attend)
    matmul(a.output, a.activated, packed.down, rows: positions.count)
    addResidual(a.output, a.middle)
  }

  /// Fills what lies between input and output: all that `backward` needs.
  func activate(
    _ a: LayerActivations, positions: [Int32], rotary: RotaryTable,
    attend: (LayerActivations) -> Void
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
    attend(a)
    matmul(a.middle, attended(a, rows), packed.output, rows: rows)
    residualRMSNorm(
      a.postNormed, a.postReciprocals, a.middle, residual: a.input, weight: weights.postNorm,
      epsilon: sizes.epsilon, rows: rows)
    matmul(a.gateUp, a.postNormed, packed.gateUp, rows: rows)
    swiGLU(a.activated, gateUp: a.gateUp, rows: rows, width: sizes.intermediate)
  }

  /// Turns `scratch.stream`, the gradient of the output, into that of the input, and adds the
  /// weights' gradients; overwrites `gateUp`.
  func backward(
    _ a: LayerActivations, gradients: LayerWeightGradients, scratch s: LayerGradients,
    positions: [Int32], rotary: RotaryTable, plan: AttentionPlan, attentionScratch: Floats
  ) {
    let rows = positions.count
    feedForwardBackward(a, gradients, s, rows: rows)
    matmulBackward(
      dx: s.attended, dw: gradients.output, dy: factor(s.stream, rows * sizes.hidden),
      x: attended(a, rows), packed.output, rows: rows, memory: operands)
    let (q, k) = (sizes.queries, sizes.keys)
    let whole = s.queryKeyValue.count
    attentionBackward(
      dQuery: s.queryKeyValue, dKey: s.queryKeyValue[q..<whole],
      dValue: s.queryKeyValue[q + k..<whole], dOut: s.attended, out: a.attended,
      logSumExp: a.logSumExp, query: a.queryKeyValue, queryStride: sizes.projected,
      key: a.queryKeyValue[q..<whole], value: a.queryKeyValue[q + k..<whole],
      keyStride: sizes.projected, plan: plan, scratch: attentionScratch)
    rotary.rotate(
      s.queryKeyValue, heads: sizes.heads + sizes.keyValueHeads, stride: sizes.projected,
      positions: positions, inverse: true)
    normHeadsBackward(a, gradients, s.queryKeyValue, rows: rows)
    if let bias = gradients.queryKeyValueBias {
      addBiasBackward(dBias: bias, dx: s.queryKeyValue, rows: rows)
    }
    matmulBackward(
      dx: s.normed, dw: gradients.queryKeyValue,
      dy: factor(s.queryKeyValue, rows * sizes.projected), x: a.normed, packed.queryKeyValue,
      rows: rows, memory: operands)
    rmsNormBackward(
      dx: s.stream, dWeight: gradients.inputNorm, dy: s.normed, x: a.input,
      reciprocals: a.reciprocals, weight: weights.inputNorm, rows: rows)
  }

  private func feedForwardBackward(
    _ a: LayerActivations, _ gradients: LayerWeightGradients, _ s: LayerGradients, rows: Int
  ) {
    matmulBackward(
      dx: s.activated, dw: gradients.down, dy: factor(s.stream, rows * sizes.hidden),
      x: a.activated, packed.down, rows: rows, memory: operands)
    let gradient = operands.room(
      over: a.gateUp[0..<rows * 2 * sizes.intermediate], packed.gateUp.precision, .outputGradient)
    swiGLUBackward(
      gradient, gateUp: a.gateUp, dy: s.activated, rows: rows, width: sizes.intermediate)
    matmulBackward(
      dx: s.normed, dw: gradients.gateUp, dy: gradient, x: a.postNormed, packed.gateUp, rows: rows,
      memory: operands)
    rmsNormBackward(
      dx: s.stream, dWeight: gradients.postNorm, dy: s.normed, x: a.middle,
      reciprocals: a.postReciprocals, weight: weights.postNorm, rows: rows)
  }
}

extension DecoderLayer {
  /// Norms each head's query and key, where the model does.
  private func normHeads(_ a: LayerActivations, rows: Int) {
    guard let query = weights.queryNorm, let key = weights.keyNorm else { return }
    headNorm(
      a.queryKeyValue, kept: a.queryKey, a.headReciprocals, weight: query, epsilon: sizes.epsilon,
      sizes.headRows(sizes.heads), rows: rows)
    headNorm(
      after(sizes.queries, a.queryKeyValue), kept: after(sizes.queries, a.queryKey),
      after(sizes.heads, a.headReciprocals), weight: key, epsilon: sizes.epsilon,
      sizes.headRows(sizes.keyValueHeads), rows: rows)
  }

  /// From the gradients of normed queries and keys to those before the norms, in place.
  private func normHeadsBackward(
    _ a: LayerActivations, _ gradients: LayerWeightGradients, _ gradient: Floats, rows: Int
  ) {
    guard let query = weights.queryNorm, let key = weights.keyNorm else { return }
    headNormBackward(
      gradient, dWeight: gradients.queryNorm, kept: a.queryKey, a.headReciprocals, weight: query,
      sizes.headRows(sizes.heads), rows: rows)
    headNormBackward(
      after(sizes.queries, gradient), dWeight: gradients.keyNorm,
      kept: after(sizes.queries, a.queryKey),
      after(sizes.heads, a.headReciprocals), weight: key, sizes.headRows(sizes.keyValueHeads),
      rows: rows)
  }

  /// What follows the first `count` floats: rows whose keys are looked at.
  private func after(_ count: Int, _ floats: Floats) -> Floats { floats[count..<floats.count] }

  /// The heads' outputs as a factor; attention's backward pass needs the floats, too.
  private func attended(_ a: LayerActivations, _ rows: Int) -> Operand {
    operands.operand(a.attended[0..<rows * sizes.queries], packed.output.precision, .input)
  }

  /// The gradient of an output as a factor.
  private func factor(_ gradient: Floats, _ count: Int) -> Operand {
    operands.operand(gradient[0..<count], packed.output.precision, .outputGradient)
  }
}

/// Gradients of activations that a layer's backward pass writes; one set serves all layers.
struct LayerGradients {
  /// [N, C], of the residual stream.
  let stream: Floats
  /// [N, C], of a norm's output.
  let normed: Floats
  /// [N, Q + 2 K]
  let queryKeyValue: Floats
  /// [N, Q]
  let attended: Floats
  /// [N, I]
  let activated: Floats
}

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

  var attention: AttentionShape {
    AttentionShape(heads: heads, keyValueHeads: keyValueHeads, headDim: headDim)
  }
}
