/// The weights of a model: one flat buffer and a table of names and shapes.
///
/// Gradients and moments are buffers of the same layout, so clearing, clipping, updating and saving
/// are one loop each. Names are Hugging Face's; weights that one product reads together (q, k, v;
/// gate and up) lie side by side.
public final class ParameterSet {
  /// One tensor's place in the buffer.
  public struct Entry: Sendable, Equatable {
    public let name: String
    /// A weight is [out, in].
    public let shape: [Int]
    public let range: Range<Int>
    /// Matrices decay, norms and biases do not, as in transformers' Trainer.
    public var decays: Bool { shape.count > 1 }
  }

  /// Where the tensors of a decoder layer lie, those that one product reads as one.
  struct LayerRanges {
    let inputNorm: Range<Int>
    let queryKeyValue: Range<Int>
    let queryKeyValueBias: Range<Int>?
    let queryNorm: Range<Int>?
    let keyNorm: Range<Int>?
    let output: Range<Int>
    let postNorm: Range<Int>
    let gateUp: Range<Int>
    let down: Range<Int>
  }

  public let entries: [Entry]
  private let places: [String: Int]
  /// Looked up once: passes ask for them layer by layer.
  let layers: [LayerRanges]
  private let storage: Tensor
  /// Raised at every change of the values; packed copies are then made again.
  public private(set) var version = 0

  /// Zeros for every tensor of a model.
  public convenience init(config: ModelConfig) {
    self.init(tensors: Self.layout(config), layers: config.numHiddenLayers)
  }

  /// Zeros for tensors of these names and shapes.
  ///
  /// - Parameter layers: of a decoder, whose tensors are among them.
  init(tensors: [(name: String, shape: [Int])], layers count: Int = 0) {
    var entries: [Entry] = []
    for (name, shape) in tensors {
      let start = entries.last?.range.upperBound ?? 0
      entries.append(
        Entry(name: name, shape: shape, range: start..<start + shape.reduce(1, *)))
    }
    self.entries = entries
    let places = Dictionary(uniqueKeysWithValues: entries.enumerated().map { ($1.name, $0) })
    self.places = places
    layers = (0..<count).map { Self.ranges(layer: $0, entries, places) }
    storage = Tensor(count: entries.last?.range.upperBound ?? 0)
  }

  /// Number of values.
  public var count: Int { storage.floats.count }

  /// All values; call `changed()` after writing to them.
  var floats: Floats { storage.floats }

  /// Notes that values were written.
  func changed() { version += 1 }

  /// The entry of that name; the names are those of `layout`.
  func entry(_ name: String) -> Entry {
    guard let index = places[name] else { preconditionFailure("there is no tensor '\(name)'") }
    return entries[index]
  }

  /// The values of one tensor.
  subscript(name: String) -> Floats { floats[entry(name).range] }

  /// Throws `notFinite` for the first value that is infinite or not a number; `source` begins the
  /// message, `remedy` ends it.
  func requireFinite(_ source: String, _ remedy: String) throws {
    if floats.areFinite { return }
    for entry in entries { try floats[entry.range].requireFinite(source, entry.name, remedy) }
  }

  /// A copy of one tensor's values; nil if there is no tensor of that name.
  public func array(_ name: String) -> [Float]? {
    places[name].map { floats[entries[$0].range].array }
  }

  private static func ranges(
    layer: Int, _ entries: [Entry], _ places: [String: Int]
  ) -> LayerRanges {
    func place(_ name: String) -> Range<Int>? {
      places["model.layers.\(layer).\(name)"].map { entries[$0].range }
    }
    func range(_ first: String, _ last: String) -> Range<Int> {
      guard let first = place(first), let last = place(last) else {
        preconditionFailure("layer \(layer) lacks \(first) or \(last)")
      }
      return first.lowerBound..<last.upperBound
    }
    func range(_ name: String) -> Range<Int> { range(name, name) }
    return LayerRanges(
      inputNorm: range("input_layernorm.weight"),
      queryKeyValue: range("self_attn.q_proj.weight", "self_attn.v_proj.weight"),
      queryKeyValueBias: place("self_attn.q_proj.bias").map { _ in
        range("self_attn.q_proj.bias", "self_attn.v_proj.bias")
      },
      queryNorm: place("self_attn.q_norm.weight"), keyNorm: place("self_attn.k_norm.weight"),
      output: range("self_attn.o_proj.weight"),
      postNorm: range("post_attention_layernorm.weight"),
      gateUp: range("mlp.gate_proj.weight", "mlp.up_proj.weight"),
      down: range("mlp.down_proj.weight"))
  }

  /// The LM head's name: the embedding's, where it is tied.
  var headName: String {
    places["lm_head.weight"] == nil ? "model.embed_tokens.weight" : "lm_head.weight"
  }

  /// The scalar head's name.
  static let scoreName = "score.weight"

  /// Whether a scalar head stands in the place of the LM head.
  var hasScore: Bool { places[Self.scoreName] != nil }

  /// The LM head, [vocabulary, hidden].
  var headWeight: Floats { self[headName] }

  /// Names and shapes of a model's tensors, in the order of the buffer.
  static func layout(_ config: ModelConfig) -> [(name: String, shape: [Int])] {
    let (hidden, inner) = (config.hiddenSize, config.intermediateSize)
    let queries = config.numAttentionHeads * config.headDim
    let keys = config.numKeyValueHeads * config.headDim
    var layout = [("model.embed_tokens.weight", [config.vocabSize, hidden])]
    for layer in 0..<config.numHiddenLayers {
      let prefix = "model.layers.\(layer)."
      layout += [
        (prefix + "input_layernorm.weight", [hidden]),
        (prefix + "self_attn.q_proj.weight", [queries, hidden]),
        (prefix + "self_attn.k_proj.weight", [keys, hidden]),
        (prefix + "self_attn.v_proj.weight", [keys, hidden]),
      ]
      if config.attentionBias {
        layout += [
          (prefix + "self_attn.q_proj.bias", [queries]),
          (prefix + "self_attn.k_proj.bias", [keys]),
          (prefix + "self_attn.v_proj.bias", [keys]),
        ]
      }
      if config.queryKeyNorm {
        layout += [
          (prefix + "self_attn.q_norm.weight", [config.headDim]),
          (prefix + "self_attn.k_norm.weight", [config.headDim]),
        ]
      }
      layout += [
        (prefix + "self_attn.o_proj.weight", [hidden, queries]),
        (prefix + "post_attention_layernorm.weight", [hidden]),
        (prefix + "mlp.gate_proj.weight", [inner, hidden]),
        (prefix + "mlp.up_proj.weight", [inner, hidden]),
        (prefix + "mlp.down_proj.weight", [hidden, inner]),
      ]
    }
    layout.append(("model.norm.weight", [hidden]))
    switch config.head {
    case .languageModel where config.tieWordEmbeddings: break
    case .languageModel: layout.append(("lm_head.weight", [config.vocabSize, hidden]))
    case .score: layout.append((scoreName, [1, hidden]))
    }
    return layout
  }
}
