/// Where a backward pass adds the gradients of a model's weights: all of them, or those of adapters.
struct WeightGradients {
  private let parameters: ParameterSet
  /// In the layout of the model's parameters, or of the adapters'.
  private let buffer: Floats
  private let adapters: Adapters?

  init(_ parameters: ParameterSet, _ adapters: Adapters?, in buffer: Floats) {
    (self.parameters, self.adapters, self.buffer) = (parameters, adapters, buffer)
  }

  func layer(_ index: Int) -> LayerWeightGradients {
    guard let adapters else {
      return LayerWeightGradients(LayerWeights(parameters, layer: index, in: buffer))
    }
    return LayerWeightGradients(adapters.layers[index]) { places in
      .lowRank(
        LowRankGradient(
          places: places, factors: adapters.parameters.floats, gradient: buffer,
          rank: adapters.options.rank, scale: adapters.options.scale, memory: adapters.memory))
    }
  }

  /// The gradient of a tensor that is no matrix of a layer; nil while it is frozen.
  func tensor(_ name: String) -> Floats? {
    adapters == nil ? buffer[parameters.entry(name).range] : nil
  }

  var embedding: Floats? { tensor("model.embed_tokens.weight") }
  var norm: Floats? { tensor("model.norm.weight") }
}

/// The same of one decoder layer; nil is frozen.
struct LayerWeightGradients {
  var inputNorm: Floats?
  let queryKeyValue: MatrixGradient
  var queryKeyValueBias: Floats?
  var queryNorm: Floats?
  var keyNorm: Floats?
  let output: MatrixGradient
  var postNorm: Floats?
  let gateUp: MatrixGradient
  let down: MatrixGradient

  init(_ weights: LayerWeights) {
    inputNorm = weights.inputNorm
    queryKeyValue = .whole(weights.queryKeyValue)
    queryKeyValueBias = weights.queryKeyValueBias
    (queryNorm, keyNorm) = (weights.queryNorm, weights.keyNorm)
    output = .whole(weights.output)
    postNorm = weights.postNorm
    (gateUp, down) = (.whole(weights.gateUp), .whole(weights.down))
  }

  init(_ adapters: Adapters.Layer, _ gradient: ([LowRankPlace]) -> MatrixGradient) {
    queryKeyValue = gradient(adapters.queryKeyValue)
    output = gradient(adapters.output)
    gateUp = gradient(adapters.gateUp)
    down = gradient(adapters.down)
  }
}
