import Text

/// The Llama family (Llama, Qwen2, Qwen3) over packed rows: forward, and backward by hand.
///
/// Touvron et al., 2023; Yang et al., 2024 and 2025. Pre-norm layers of grouped-query attention with rotary
/// positions and SwiGLU; one decoder with switches for biases and for norms of queries and keys. What reads
/// the last layer is a `ModelHead`.
final class Decoder {
  let model: LanguageModel
  let sizes: DecoderSizes
  let workspace: DecoderWorkspace
  private var rotary: RotaryTable

  /// - Parameter kept: what a backward pass will find.
  init(model: LanguageModel, keeping kept: KeptActivations) {
    self.model = model
    sizes = DecoderSizes(model.config)
    workspace = DecoderWorkspace(sizes: sizes, keeping: kept)
    rotary = RotaryTable(model.config, positions: 256)
  }

  /// Takes the memory for passes of up to `rows` rows, all of them scored.
  func reserve(rows: Int) { workspace.reserve(rows: rows, scored: rows) }

  /// A layer over the model's present weights.
  static func layer(
    _ index: Int, of model: LanguageModel, sizes: DecoderSizes, operands: OperandMemory
  ) -> DecoderLayer {
    DecoderLayer(
      sizes: sizes, weights: LayerWeights(model.parameters, layer: index),
      packed: model.packed.layers[index], operands: operands)
  }

  /// Runs all rows and gathers the hidden states of scored entries.
  ///
  /// - Returns: how attention was cut up, for `backwardLayers`.
  func forward(_ batch: PackedBatch) -> AttentionPlan {
    let rows = batch.count
    model.packed.refresh(model.parameters)
    workspace.reserve(rows: rows, scored: batch.scoredRows.count)
    rotary = rotary.reaching(batch.positions.max() ?? 0, config: model.config)
    let plan = AttentionPlan(batch.segments, shape: sizes.attention(model.precision))
    let scratch = workspace.attentionScratch(attentionForwardScratch(plan))
    let embedding = model.parameters["model.embed_tokens.weight"]
    gatherRows(
      workspace.stream(0, rows: rows), from: embedding, at: batch.tokens, width: sizes.hidden)
    for index in 0..<sizes.layers {
      layer(index).forward(
        workspace.layer(index, rows: rows, model.precision), positions: batch.positions,
        rotary: rotary
      ) { attend($0, plan, scratch) }
    }
    gather(batch)
    return plan
  }

  private func layer(_ index: Int) -> DecoderLayer {
    Self.layer(index, of: model, sizes: sizes, operands: workspace.operands)
  }

  private func attend(_ a: LayerActivations, _ plan: AttentionPlan, _ scratch: Floats) {
    let (q, k, end) = (sizes.queries, sizes.keys, a.queryKeyValue.count)
    attentionForward(
      a.attended, a.logSumExp, query: a.queryKeyValue, queryStride: sizes.projected,
      key: a.queryKeyValue[q..<end], value: a.queryKeyValue[q + k..<end],
      keyStride: sizes.projected, plan: plan, scratch: scratch)
  }

  /// The final norm, then the hidden state of every scored entry.
  private func gather(_ batch: PackedBatch) {
    let final = workspace.final(rows: batch.count)
    rmsNorm(
      Operand(final.hidden), final.reciprocals, workspace.stream(sizes.layers, rows: batch.count),
      weight: model.parameters["model.norm.weight"], epsilon: sizes.epsilon, rows: batch.count)
    let entries = entries(batch)
    gatherRows(entries.hidden, from: final.hidden, at: batch.scoredRows, width: sizes.hidden)
  }

  /// The hidden states of the entries of the batch that `forward` ran, for a head.
  func entries(_ batch: PackedBatch) -> ScoredEntries {
    let (hidden, gradient) = workspace.head(entries: batch.scoredRows.count)
    return ScoredEntries(
      model: model, targets: batch.scoredTargets, hidden: hidden, gradient: gradient)
  }

  /// From the gradients of the entries' hidden states, which a head wrote, through the layers, for the
  /// batch that `forward` ran; adds the gradients of their weights.
  func backwardLayers(_ batch: PackedBatch, plan: AttentionPlan, gradients: WeightGradients) {
    let count = batch.count
    let scratch = workspace.gradients(rows: count)
    scatter(batch, entries(batch).gradient, scratch, gradients)
    let attentionScratch = workspace.attentionScratch(
      max(attentionForwardScratch(plan), attentionBackwardScratch(plan)))
    for index in stride(from: sizes.layers - 1, through: 0, by: -1) {
      let activations = workspace.layer(index, rows: count, model.precision)
      let layer = layer(index)
      if workspace.kept == .streams {
        layer.activate(activations, positions: batch.positions, rotary: rotary) {
          attend($0, plan, attentionScratch)
        }
      }
      layer.backward(
        activations, gradients: gradients.layer(index), scratch: scratch,
        positions: batch.positions, rotary: rotary, plan: plan, attentionScratch: attentionScratch)
    }
    if let dTable = gradients.embedding {
      addRows(dTable, at: batch.tokens, scratch.stream, width: sizes.hidden)
    }
  }

  /// From the gradients of entries to that of the residual stream that leaves the last layer; one row
  /// may have been scored several times.
  private func scatter(
    _ batch: PackedBatch, _ entries: Floats, _ scratch: LayerGradients,
    _ gradients: WeightGradients
  ) {
    for gradient in [scratch.normed, scratch.stream] {
      Parallel.chunks(gradient.count, grain: 1 << 15) { gradient[$0].fill(0) }
    }
    addRows(scratch.normed, at: batch.scoredRows, entries, width: sizes.hidden)
    let x = workspace.stream(sizes.layers, rows: batch.count)
    let reciprocals = workspace.final(rows: batch.count).reciprocals
    rmsNormBackward(
      dx: scratch.stream, dy: scratch.normed, x: x, reciprocals: reciprocals,
      weight: model.parameters["model.norm.weight"], rows: batch.count)
    rmsNormWeightGradient(
      gradients.norm, dy: scratch.normed, x: x, reciprocals: reciprocals, rows: batch.count)
  }
}

extension RotaryTable {
  convenience init(_ config: ModelConfig, positions: Int) {
    self.init(
      positions: positions, headDim: config.headDim, theta: config.ropeTheta,
      scaling: config.ropeScaling)
  }

  /// This table, or one twice as long as needed when `position` is beyond it.
  func reaching(_ position: Int32, config: ModelConfig) -> RotaryTable {
    Int(position) < positions ? self : RotaryTable(config, positions: 2 * (Int(position) + 1))
  }
}
