/// What a forward pass keeps of its layers.
enum KeptActivations {
  /// Everything, for a backward pass.
  case all
  /// The residual stream before each layer: the backward pass recomputes the rest of a layer
  /// (Chen et al., arXiv 1604.06174).
  case streams
  /// Nothing: two residual streams take turns, and there is no backward pass.
  case none
}

/// Memory for one packed pass, allocated once and grown only when a larger batch comes.
final class DecoderWorkspace {
  let kept: KeptActivations
  private let sizes: DecoderSizes
  private var memory: Tensor
  private var attentionMemory = Tensor(count: 0)
  /// Where factors of products are rounded.
  let operands = OperandMemory()
  /// Rows and scored entries that the buffer is laid out for.
  private var rows = 0
  private var scored = 0

  init(sizes: DecoderSizes, keeping kept: KeptActivations) {
    self.sizes = sizes
    self.kept = kept
    memory = Tensor(count: 0)
  }

  /// Lays the buffer out for `rows` token rows, of which `scored` entries are scored, and takes more
  /// memory where it is too small.
  ///
  /// What a smaller pass leaves lies close together, so that it touches no more pages than it fills:
  /// large ones, of which each part of each layer would touch one.
  func reserve(rows: Int, scored: Int) {
    self.rows = (rows + 15) / 16 * 16  // Parts begin with whole vectors.
    self.scored = scored
    let count = headStart + scored * 2 * sizes.hidden
    if count <= memory.floats.count { return }
    memory = Tensor(count: 0)  // Freed before its successor is allocated.
    memory = Tensor(count: count)
  }

  /// Scratch for attention, of at least `count` floats.
  func attentionScratch(_ count: Int) -> Floats {
    if attentionMemory.floats.count < count { attentionMemory = Tensor(count: count) }
    return attentionMemory.floats
  }

  // The buffer: residual streams, per-layer activations, gradients, the head's rows.

  private var streams: Int { kept == .none ? 2 : sizes.layers + 1 }
  private var layerWidth: Int {
    3 * sizes.hidden + 2 + sizes.projected + sizes.queries + sizes.heads + 3 * sizes.intermediate
      + sizes.normedQueryKey + sizes.normedHeads
  }
  private var layersStart: Int { streams * rows * sizes.hidden }
  private var finalStart: Int {
    layersStart + (kept == .all ? sizes.layers : 1) * rows * layerWidth
  }
  private var gradientsStart: Int { finalStart + rows * (sizes.hidden + 1) }
  private var gradientWidth: Int {
    2 * sizes.hidden + sizes.projected + sizes.queries + sizes.intermediate
  }
  private var headStart: Int {
    gradientsStart + (kept == .none ? 0 : rows * gradientWidth)
  }

  /// [count, C], the residual stream that enters layer `layer` (the last: what leaves the stack).
  func stream(_ layer: Int, rows count: Int) -> Floats {
    let index = kept == .none ? layer % 2 : layer
    let start = index * rows * sizes.hidden
    return memory.floats[start..<start + count * sizes.hidden]
  }

  /// The activations of `count` rows in a layer; what is only a factor of products is kept in their
  /// precision.
  func layer(_ layer: Int, rows count: Int, _ precision: Precision) -> LayerActivations {
    var cursor = layersStart + (kept == .all ? layer : 0) * rows * layerWidth
    let floats = memory.floats
    func take(_ width: Int) -> Floats {
      defer { cursor += rows * width }
      return floats[cursor..<cursor + count * width]
    }
    func factor(_ width: Int) -> Operand { Operand(memory: take(width), precision: precision) }
    return LayerActivations(
      input: stream(layer, rows: count), normed: factor(sizes.hidden), reciprocals: take(1),
      queryKeyValue: take(sizes.projected), queryKey: take(sizes.normedQueryKey),
      headReciprocals: take(sizes.normedHeads), attended: take(sizes.queries),
      logSumExp: take(sizes.heads), middle: take(sizes.hidden), postNormed: factor(sizes.hidden),
      postReciprocals: take(1), gateUp: take(2 * sizes.intermediate),
      activated: factor(sizes.intermediate), output: stream(layer + 1, rows: count))
  }

  /// The final norm's output and reciprocals.
  func final(rows count: Int) -> (hidden: Floats, reciprocals: Floats) {
    let middle = finalStart + rows * sizes.hidden
    return (
      memory.floats[finalStart..<finalStart + count * sizes.hidden],
      memory.floats[middle..<middle + count]
    )
  }

  /// Gradients of activations, shared by the layers.
  func gradients(rows count: Int) -> LayerGradients {
    precondition(kept != .none, "a workspace for scoring has no gradients")
    var cursor = gradientsStart
    let floats = memory.floats
    func take(_ width: Int) -> Floats {
      defer { cursor += rows * width }
      return floats[cursor..<cursor + count * width]
    }
    return LayerGradients(
      stream: take(sizes.hidden), normed: take(sizes.hidden),
      queryKeyValue: take(sizes.projected), attended: take(sizes.queries),
      activated: take(sizes.intermediate))
  }

  /// [count, C] twice: hidden states of scored entries, and their gradients.
  func head(entries count: Int) -> (hidden: Floats, gradient: Floats) {
    let size = count * sizes.hidden
    let second = headStart + scored * sizes.hidden
    return (
      memory.floats[headStart..<headStart + size], memory.floats[second..<second + size]
    )
  }
}
