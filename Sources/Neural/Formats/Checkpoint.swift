import Foundation
import Text

/// What a checkpoint of any format holds, under Hugging Face's names, before it is a model.
struct Checkpoint {
  /// A tensor and the bytes it lies in.
  struct Weight {
    var tensor: StoredTensor
    let data: Data
    /// The stored row of each row of the model; nil where they are the same.
    var order: ((Int) -> Int)?

    /// Writes the model's tensor to `out`; the shapes must have been checked.
    ///
    /// - Returns: whether all numbers are finite.
    @discardableResult
    func read(_ out: Floats) -> Bool { tensor.read(out, from: data, order: order) }

    /// The tensor's bytes as stored.
    var bytes: Data {
      data[data.startIndex + tensor.bytes.lowerBound..<data.startIndex + tensor.bytes.upperBound]
    }
  }

  /// What messages begin with: a file or folder.
  let name: String
  let config: ModelConfig
  let ids: ConfigJSON.TokenIDs
  let tokenizer: any Tokenizer
  let marks: TextMarks
  let chatTemplate: ChatTemplate?
  let weights: [String: Weight]

  /// Throws `mismatch` unless the weights are exactly those that the config means (names and
  /// shapes), and unless every token id has a row of the embedding.
  func check() throws {
    guard weights.count >= config.numHiddenLayers else {
      throw mismatch(
        "its config has \(config.numHiddenLayers) layers, but it contains \(weights.count) tensors")
    }
    let expected = ParameterSet.layout(config)
    for (tensor, shape) in expected {
      guard let weight = weights[tensor] else {
        throw mismatch("the tensor '\(tensor)' of shape \(shape) is missing")
      }
      guard weight.tensor.shape == shape else {
        throw mismatch("'\(tensor)' has shape \(weight.tensor.shape); its config requires \(shape)")
      }
    }
    let known = Set(expected.map { $0.name })
    if let extra = weights.keys.filter({ !known.contains($0) }).min() {
      throw mismatch(
        "the tensor '\(extra)' does not belong to a \(config.modelType.rawValue) model")
    }
    guard tokenizer.vocabularySize <= config.vocabSize else {
      throw mismatch(
        "the tokenizer has \(tokenizer.vocabularySize) tokens, the model \(config.vocabSize)")
    }
    let ids = ids.eos + [ids.bos, ids.pad].compactMap { $0 }
    if let id = ids.first(where: { $0 < 0 || Int($0) >= config.vocabSize }) {
      throw mismatch("the special token id \(id) is outside the vocabulary of \(config.vocabSize)")
    }
  }

  /// Throws `unsupported` for a model with another head.
  func require(_ head: ModelConfig.Head) throws {
    guard config.head != head else { return }
    let found = head == .score ? "a language model" : "a reward model, which writes no text"
    let due = head == .score ? "a reward model (ForSequenceClassification)" : "a language model"
    throw ModelError(.unsupported, "\(name): it is \(found); give \(due)")
  }

  private func mismatch(_ text: String) -> ModelError {
    ModelError(.mismatch, "\(name): \(text)")
  }
}
