public import Foundation
public import Text

extension LanguageModel {
  /// A GGUF file that llama.cpp loads, with tokenizer and chat template; equal models give equal
  /// bytes.
  ///
  /// Throws `unsupported` for what GGUF has no form of: a reward model, Llama 3's frequencies in
  /// another family, an unknown pre-tokenizer.
  ///
  /// - Parameter marks: what llama.cpp shall put around plain text
  public func gguf(dtype: GGUFType, marks: TextMarks = TextMarks()) throws -> Data {
    try requireFinite()
    return try GGUFExport(self, dtype).data(marks)
  }
}

/// Makes a GGUF file of a model, as llama.cpp's convert_hf_to_gguf.py does.
private struct GGUFExport {
  private let model: LanguageModel
  private let config: ModelConfig
  private let dtype: GGUFType

  init(_ model: LanguageModel, _ dtype: GGUFType) throws {
    self.model = model
    config = model.config
    self.dtype = dtype
    guard config.head == .languageModel else {
      throw ModelError(.unsupported, "a reward model has no GGUF form; export it as hf")
    }
    guard config.ropeScaling == nil || config.modelType == .llama else {
      throw ModelError(
        .unsupported,
        "llama.cpp stretches rotary frequencies of llama models only, not of "
          + "\(config.modelType.rawValue); export the model as hf")
    }
  }

  func data(_ marks: TextMarks) throws -> Data {
    // The frequencies' slow-downs are written as a tensor, which must live until the bytes are made.
    let numbers = ropeFactors
    let factors = Tensor(count: numbers.count)
    factors.floats.copy(from: numbers)
    var tensors = model.parameters.entries.map { tensor($0) }
    if factors.floats.count > 0 {
      tensors.append(
        .init(
          name: GGUFModel.ropeFactors, shape: [factors.floats.count], type: .f32,
          values: factors.floats))
    }
    let tokenizer = try GGUFTokenizerWriter(model, marks).metadata()
    return withExtendedLifetime(factors) {
      GGUFWriter(metadata: metadata + tokenizer, tensors: tensors).data
    }
  }

  private var ropeFactors: [Float] {
    config.ropeScaling?.factors(headDim: config.headDim, theta: config.ropeTheta) ?? []
  }

  private var metadata: [(key: String, value: GGUFWriter.Value)] {
    let sizes: [(String, GGUFWriter.Value)] = [
      ("vocab_size", .u32(config.vocabSize)), ("block_count", .u32(config.numHiddenLayers)),
      ("context_length", .u32(config.maxPositionEmbeddings)),
      ("embedding_length", .u32(config.hiddenSize)),
      ("feed_forward_length", .u32(config.intermediateSize)),
      ("attention.head_count", .u32(config.numAttentionHeads)),
      ("attention.head_count_kv", .u32(config.numKeyValueHeads)),
      ("attention.key_length", .u32(config.headDim)),
      ("attention.value_length", .u32(config.headDim)),
      ("attention.layer_norm_rms_epsilon", .f32(Float(config.rmsNormEps))),
      ("rope.freq_base", .f32(Float(config.ropeTheta))),
      ("rope.dimension_count", .u32(config.headDim)),
    ]
    let scaling = config.ropeScaling.map {
      [
        (
          "rope.scaling.original_context_length",
          GGUFWriter.Value.u32($0.originalMaxPositionEmbeddings)
        )
      ]
    }
    let family = config.modelType.rawValue
    return [
      ("general.architecture", .string(family)), ("general.type", .string("model")),
      ("general.file_type", .u32(Int(dtype.fileType))), ("general.quantization_version", .u32(2)),
    ] + (sizes + (scaling ?? [])).map { ("\(family).\($0.0)", $0.1) }
  }

  private func tensor(_ entry: ParameterSet.Entry) -> GGUFWriter.Tensor {
    guard let name = GGUFModel.ggufName(entry.name) else {
      preconditionFailure("\(entry.name) has no name in GGUF")
    }
    let order = GGUFModel.order(entry.name, config)
    // The reader asks for the stored row of each row; here it is the other way round.
    let rows = order.map { order in
      (0..<entry.shape[0]).sorted { order($0) < order($1) }
    }
    return .init(
      name: name, shape: entry.shape, type: type(entry.shape),
      values: model.parameters.floats[entry.range], rows: rows)
  }

  /// Vectors are F32; rows that are no whole blocks are F16, as llama.cpp stores them.
  private func type(_ shape: [Int]) -> GGUFType {
    if shape.count < 2 { return .f32 }
    return (shape.last ?? 0) % dtype.elementType.blockElements == 0 ? dtype : .f16
  }
}
