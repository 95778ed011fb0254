/// A model's matrices in the order that products read fastest, made again when the weights have
/// changed.
final class PackedWeights {
  /// Products that read the same input are one: q, k, v side by side, and gate and up.
  struct Layer {
    let queryKeyValue: PackedMatrix
    let output: PackedMatrix
    let gateUp: PackedMatrix
    let down: PackedMatrix

    /// What gradients of inputs need of the present weights.
    func prepareGradients() {
      for matrix in [queryKeyValue, output, gateUp, down] { matrix.prepareGradient() }
    }
  }

  let layers: [Layer]
  /// The LM head, which may be the embedding.
  let head: PackedMatrix
  /// One block for all, so that it lies in large pages.
  private let elements: Tensor
  private var version: Int?

  init(config: ModelConfig, precision: Precision) {
    let hidden = config.hiddenSize
    let queries = config.numAttentionHeads * config.headDim
    let keys = config.numKeyValueHeads * config.headDim
    func matrix(out: Int, in inputs: Int) -> PackedMatrix {
      PackedMatrix(out: out, in: inputs, precision: precision)
    }
    layers = (0..<config.numHiddenLayers).map { _ in
      Layer(
        queryKeyValue: matrix(out: queries + 2 * keys, in: hidden),
        output: matrix(out: hidden, in: queries),
        gateUp: matrix(out: 2 * config.intermediateSize, in: hidden),
        down: matrix(out: hidden, in: config.intermediateSize))
    }
    head = matrix(out: config.vocabSize, in: hidden)
    let panels = (layers.flatMap { [$0.queryKeyValue, $0.output, $0.gateUp, $0.down] } + [head])
      .map(\.panels)
    elements = Tensor(unset: panels.reduce(0) { $0 + $1.size })
    var start = 0
    for panels in panels {
      panels.place(in: elements.floats[start..<start + panels.size])
      start += panels.size
    }
  }

  /// Packs what changed since the last time; to be called before a pass.
  func refresh(_ parameters: ParameterSet) {
    if version == parameters.version { return }
    for (index, layer) in layers.enumerated() {
      let weights = LayerWeights(parameters, layer: index)
      layer.queryKeyValue.refresh(weights.queryKeyValue, version: parameters.version)
      layer.output.refresh(weights.output, version: parameters.version)
      layer.gateUp.refresh(weights.gateUp, version: parameters.version)
      layer.down.refresh(weights.down, version: parameters.version)
    }
    if !parameters.hasScore {
      head.refresh(parameters.headWeight, version: parameters.version)
    }
    version = parameters.version
  }
}

/// The tensors of one decoder layer, or their gradients, as views of a flat buffer.
struct LayerWeights {
  let inputNorm: Floats
  /// [queries + 2 keys, hidden]
  let queryKeyValue: Floats
  /// [queries + 2 keys]; nil where projections have no biases.
  let queryKeyValueBias: Floats?
  /// [headDim] each; nil where queries and keys have no norms.
  let queryNorm: Floats?
  let keyNorm: Floats?
  let output: Floats
  let postNorm: Floats
  /// [2 intermediate, hidden]: gate, then up.
  let gateUp: Floats
  let down: Floats

  /// Views of `buffer`, which has the parameters' layout (the parameters themselves if left out).
  init(_ parameters: ParameterSet, layer: Int, in buffer: Floats? = nil) {
    let buffer = buffer ?? parameters.floats
    let places = parameters.layers[layer]
    inputNorm = buffer[places.inputNorm]
    queryKeyValue = buffer[places.queryKeyValue]
    queryKeyValueBias = places.queryKeyValueBias.map { buffer[$0] }
    queryNorm = places.queryNorm.map { buffer[$0] }
    keyNorm = places.keyNorm.map { buffer[$0] }
    output = buffer[places.output]
    postNorm = buffer[places.postNorm]
    gateUp = buffer[places.gateUp]
    down = buffer[places.down]
  }
}
