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

  /// Some of the `count` rows.
  func rows(_ part: Range<Int>, of count: Int) -> LayerActivations {
    func cut(_ floats: Floats) -> Floats { floats.rows(part, of: count) }
    return LayerActivations(
      input: cut(input), normed: normed.rows(part, of: count), reciprocals: cut(reciprocals),
      queryKeyValue: cut(queryKeyValue), queryKey: cut(queryKey),
      headReciprocals: cut(headReciprocals), attended: cut(attended), logSumExp: cut(logSumExp),
      middle: cut(middle), postNormed: postNormed.rows(part, of: count),
      postReciprocals: cut(postReciprocals), gateUp: cut(gateUp),
      activated: activated.rows(part, of: count), output: cut(output))
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

  /// Some of the `count` rows.
  func rows(_ part: Range<Int>, of count: Int) -> LayerGradients {
    func cut(_ floats: Floats) -> Floats { floats.rows(part, of: count) }
    return LayerGradients(
      stream: cut(stream), normed: cut(normed), queryKeyValue: cut(queryKeyValue),
      attended: cut(attended), activated: cut(activated))
  }
}
