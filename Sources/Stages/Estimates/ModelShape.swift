public import Neural
public import Recipes

/// The properties of a decoder that decide its cost: numbers stored, multiplied and cached.
public struct ModelShape: Sendable, Hashable {
  /// All that is stored.
  public var parameters: Double
  /// Those that a token's row is multiplied with: all matrices, the output layer's included and the
  /// embedding table's not, and of experts only those that see the token.
  public var activeParameters: Double
  public var layers: Double
  /// Width of all heads' keys and values: multiply-adds for each pair of a query and a key, in a layer.
  public var attentionWidth: Double
  /// Numbers that a token leaves in the cache, in a layer.
  public var cacheWidth: Double
  /// Tokens of its vocabulary.
  public var vocabulary: Double
  /// Of the embedding table, or of the output layer.
  var tableElements: Double
  /// Of all matrices that rows are multiplied with: the embedding table only where it is the output layer.
  var matrixElements: Double
  let widths: RowWidths
  /// Bytes of the file that the weights come from; nil: 32-bit floats.
  var fileBytes: Double?
  /// Bytes of text per token: 1 for characters and bytes, about 4 for a learnt vocabulary.
  public var bytesPerToken: Double
  /// Inputs and outputs of each matrix of a layer; empty for a mixture of experts.
  var matrices: [LoRAOptions.TargetModule: MatrixSize] = [:]

  /// The shape of a dense decoder.
  public init(_ config: ModelConfig) {
    let (hidden, layers) = (Double(config.hiddenSize), Double(config.numHiddenLayers))
    let heads = Double(config.numAttentionHeads)
    let queries = heads * Double(config.headDim)
    let keys = Double(config.numKeyValueHeads * config.headDim)
    let feedForward = 3 * hidden * Double(config.intermediateSize)
    let layer = 2 * hidden * queries + 2 * hidden * keys + feedForward
    let table = Double(config.vocabSize) * hidden
    let biases = config.attentionBias ? layers * (queries + 2 * keys) : 0
    let headNorms = config.queryKeyNorm ? layers * 2 * Double(config.headDim) : 0
    activeParameters = layers * layer + table
    parameters =
      layers * layer + table * (config.tieWordEmbeddings ? 1 : 2) + biases + headNorms
      + (2 * layers + 1) * hidden
    self.layers = layers
    attentionWidth = 2 * queries
    cacheWidth = 2 * keys
    bytesPerToken = config.vocabSize < 4096 ? 1 : 4
    let intermediate = Double(config.intermediateSize)
    vocabulary = Double(config.vocabSize)
    tableElements = table
    matrixElements = layers * layer + table
    matrices = [
      .query: MatrixSize(hidden, queries), .key: MatrixSize(hidden, keys),
      .value: MatrixSize(hidden, keys), .output: MatrixSize(queries, hidden),
      .gate: MatrixSize(hidden, intermediate), .up: MatrixSize(hidden, intermediate),
      .down: MatrixSize(intermediate, hidden),
    ]
    widths = RowWidths(
      layers: layers, hidden: hidden, heads: heads, projected: queries + 2 * keys,
      attended: queries, intermediate: intermediate,
      normed: config.queryKeyNorm
        ? queries + keys + heads + Double(config.numKeyValueHeads) : 0)
  }

  /// The shape that a recipe assumes.
  public init(_ model: AssumedModel) {
    guard model.architecture == .deepseekV3 else {
      self.init(
        ModelConfig(
          modelType: ModelConfig.ModelType(rawValue: model.architecture.rawValue) ?? .llama,
          vocabSize: model.vocabSize,
          hiddenSize: model.hiddenSize, intermediateSize: model.intermediateSize,
          numHiddenLayers: model.numHiddenLayers, numAttentionHeads: model.numAttentionHeads,
          numKeyValueHeads: model.numKeyValueHeads, headDim: model.headDim,
          tieWordEmbeddings: model.tieWordEmbeddings))
      bytesPerToken = 4
      return
    }
    self.init(mixture: model)
  }

  /// DeepSeek-V3 (arXiv 2412.19437): multi-head latent attention, routed and shared experts; its
  /// layer for predicting a second token is left out.
  private init(mixture model: AssumedModel) {
    let (hidden, layers) = (Double(model.hiddenSize), Double(model.numHiddenLayers))
    let heads = Double(model.numAttentionHeads)
    let (nope, rope) = (Double(model.qkNopeHeadDim), Double(model.qkRopeHeadDim))
    let (queryRank, rank) = (Double(model.qLoraRank), Double(model.kvLoraRank))
    let values = heads * Double(model.vHeadDim)
    let attention =
      hidden * queryRank + queryRank * heads * (nope + rope) + hidden * (rank + rope)
      + rank * (heads * nope + values) + values * hidden
    let dense = min(Double(model.firstKDenseReplace), layers)
    let expert = 3 * hidden * Double(model.moeIntermediateSize)
    let router = hidden * Double(model.nRoutedExperts)
    let seen = Double(model.numExpertsPerTok + model.nSharedExperts)
    let all = Double(model.nRoutedExperts + model.nSharedExperts)
    let table = Double(model.vocabSize) * hidden
    let shared = layers * attention + dense * 3 * hidden * Double(model.intermediateSize)
    // Norms, and the biases that balance the experts.
    let rest =
      layers * (2 * hidden + queryRank + rank) + hidden
      + (layers - dense) * Double(model.nRoutedExperts)
    activeParameters = shared + (layers - dense) * (seen * expert + router) + table
    parameters =
      shared + (layers - dense) * (all * expert + router)
      + table * (model.tieWordEmbeddings ? 1 : 2) + rest
    self.layers = layers
    attentionWidth = heads * (nope + rope) + values
    cacheWidth = rank + rope
    bytesPerToken = 4
    vocabulary = Double(model.vocabSize)
    tableElements = table
    matrixElements = parameters - rest - (model.tieWordEmbeddings ? 0 : table)
    widths = RowWidths(
      layers: layers, hidden: hidden, heads: heads, projected: 2 * heads * (nope + rope) + values,
      attended: values, intermediate: seen * Double(model.moeIntermediateSize))
  }
}

struct MatrixSize: Sendable, Hashable {
  let inputs: Double
  let outputs: Double

  init(_ inputs: Double, _ outputs: Double) { (self.inputs, self.outputs) = (inputs, outputs) }
}

extension ModelShape {
  /// Bytes of adapters in 32-bit floats, and of the matrices that they are for.
  func adapterBytes(_ options: LoRAOptions) throws -> (adapters: Double, matrices: Double) {
    guard !matrices.isEmpty else {
      throw UnknownShape(description: "adapters of a mixture of experts cannot be estimated")
    }
    let sizes = options.targetModules.compactMap { matrices[$0] }
    let sides = sizes.reduce(0) { $0 + $1.inputs + $1.outputs }
    let areas = sizes.reduce(0) { $0 + $1.inputs * $1.outputs }
    return (4 * layers * Double(options.rank) * sides, 4 * layers * areas)
  }

  /// Operations of a forward pass over rows, with `keys` pairs of a query and a key in each layer: two
  /// for each multiply-add.
  func forward(rows: Double, keys: Double) -> Double {
    2 * activeParameters * rows + 2 * layers * attentionWidth * keys
  }

  /// The same over texts of some length, from their beginning.
  func forward(text length: Double) -> Double {
    forward(rows: length, keys: length * (length + 1) / 2)
  }

  /// The same over a completion, given what stands before it.
  func forward(completion: Double, after prompt: Double) -> Double {
    forward(
      rows: completion, keys: completion * prompt + completion * (completion + 1) / 2)
  }

  /// Bytes of the weights in 32-bit floats.
  var bytes: Double { 4 * parameters }
}
