extension DecoderLayer {
  /// Turns `gradients.stream`, the gradient of the output, into that of the input, and adds the
  /// weights' gradients; overwrites `gateUp`.
  func backward(
    _ a: LayerActivations, gradients: LayerWeightGradients, scratch s: LayerGradients,
    positions: [Int32], rotary: RotaryTable, plan: AttentionPlan, attentionScratch: Floats
  ) {
    packed.prepareGradients()
    let rows = positions.count
    feedForwardBackward(a, gradients, s, rows: rows)
    let (q, k) = (sizes.queries, sizes.keys)
    attentionBackward(
      dQuery: s.queryKeyValue, dKey: s.queryKeyValue.after(q),
      dValue: s.queryKeyValue.after(q + k), dOut: s.attended, out: a.attended,
      logSumExp: a.logSumExp, query: a.queryKeyValue, queryStride: sizes.projected,
      key: a.queryKeyValue.after(q), value: a.queryKeyValue.after(q + k),
      keyStride: sizes.projected, plan: plan, scratch: attentionScratch)
    rotary.rotate(
      s.queryKeyValue, heads: sizes.heads + sizes.keyValueHeads, stride: sizes.projected,
      positions: positions[...], inverse: true)
    normHeadsBackward(a, gradients, s.queryKeyValue, rows: rows)
    projectBackward(a, gradients, s, rows: rows)
  }

  /// From the output to what attention gave.
  private func feedForwardBackward(
    _ a: LayerActivations, _ gradients: LayerWeightGradients, _ s: LayerGradients, rows: Int
  ) {
    let precision = packed.output.precision
    let dOutput = operands.room(over: s.stream, precision, .outputGradient)
    Parallel.rows(rows) { dOutput.rows($0, of: rows).fill(s.stream.rows($0, of: rows)) }
    // Before the stream's gradient goes on to the middle of the layer, in the same place.
    weightGradient(gradients.down, packed.down, dOutput, a.activated, rows: rows, operands)
    let dGateUp = operands.room(over: a.gateUp, precision, .innerGradient)
    let attended = operands.room(over: a.attended, precision, .input)
    Parallel.rows(rows) { part in
      let (a, s, count) = (a.rows(part, of: rows), s.rows(part, of: rows), part.count)
      let dOutput = dOutput.rows(part, of: rows)
      let dGateUp = dGateUp.rows(part, of: rows)
      inputGradient(s.activated, dOutput, packed.down, rows: count)
      swiGLUBackward(
        dGateUp, gateUp: a.gateUp, dy: s.activated, rows: count, width: sizes.intermediate)
      inputGradient(s.normed, dGateUp, packed.gateUp, rows: count)
      rmsNormBackward(
        dx: s.stream, dy: s.normed, x: a.middle, reciprocals: a.postReciprocals,
        weight: weights.postNorm, rows: count)
      dOutput.fill(s.stream)
      attended.rows(part, of: rows).fill(a.attended)
      inputGradient(s.attended, dOutput, packed.output, rows: count)
    }
    weightGradient(gradients.gateUp, packed.gateUp, dGateUp, a.postNormed, rows: rows, operands)
    weightGradient(gradients.output, packed.output, dOutput, attended, rows: rows, operands)
    rmsNormWeightGradient(
      gradients.postNorm, dy: s.normed, x: a.middle, reciprocals: a.postReciprocals, rows: rows)
  }

  /// From queries, keys and values to the input.
  private func projectBackward(
    _ a: LayerActivations, _ gradients: LayerWeightGradients, _ s: LayerGradients, rows: Int
  ) {
    if let bias = gradients.queryKeyValueBias {
      addBiasBackward(dBias: bias, dx: s.queryKeyValue, rows: rows)
    }
    let dProjected = operands.room(
      over: s.queryKeyValue, packed.queryKeyValue.precision, .innerGradient)
    Parallel.rows(rows) { part in
      let (a, s) = (a.rows(part, of: rows), s.rows(part, of: rows))
      let dProjected = dProjected.rows(part, of: rows)
      dProjected.fill(s.queryKeyValue)
      inputGradient(s.normed, dProjected, packed.queryKeyValue, rows: part.count)
      rmsNormBackward(
        dx: s.stream, dy: s.normed, x: a.input, reciprocals: a.reciprocals,
        weight: weights.inputNorm, rows: part.count)
    }
    weightGradient(
      gradients.queryKeyValue, packed.queryKeyValue, dProjected, a.normed, rows: rows, operands)
    rmsNormWeightGradient(
      gradients.inputNorm, dy: s.normed, x: a.input, reciprocals: a.reciprocals, rows: rows)
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
      gradient.after(sizes.queries), dWeight: gradients.keyNorm,
      kept: a.queryKey.after(sizes.queries), a.headReciprocals.after(sizes.heads), weight: key,
      sizes.headRows(sizes.keyValueHeads), rows: rows)
  }
}
