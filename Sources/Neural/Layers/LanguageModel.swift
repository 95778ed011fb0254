import Foundation
import Randomness
public import Text

/// A decoder with its weights, its tokenizer and how messages are written for it.
public final class LanguageModel {
  public let config: ModelConfig
  public let parameters: ParameterSet
  /// How texts are written for it.
  public let format: TextFormat
  public var tokenizer: any Tokenizer { format.tokenizer }
  /// nil: the model takes plain text only.
  public var chatTemplate: ChatTemplate? { format.chatTemplate }
  /// Tokens that end a text, the one that ends texts without turns first.
  public var eosTokenIDs: [Int32] { format.eosTokenIDs }
  public let bosTokenID: Int32?
  public let padTokenID: Int32?
  /// What the checkpoint's tokenizer puts around plain text elsewhere; here nothing is added.
  public let marks: TextMarks
  /// What the factors of its matrix products are held in.
  public var precision = Precision.f32 {
    didSet { if precision != oldValue { packedWeights = nil } }
  }
  /// The rows of the LM head that no token has: never sampled.
  private(set) lazy var unnamedRows = VocabularyMask(tokenizer, rows: config.vocabSize)
  private var packedWeights: PackedWeights?
  /// The matrices as the products read them; shared by training and generation.
  var packed: PackedWeights {
    if let packedWeights { return packedWeights }
    let made = PackedWeights(config: config, precision: precision)
    packedWeights = made
    return made
  }

  init(
    config: ModelConfig, parameters: ParameterSet, tokenizer: any Tokenizer,
    chatTemplate: ChatTemplate?, eosTokenIDs: [Int32], bosTokenID: Int32? = nil,
    padTokenID: Int32? = nil, marks: TextMarks = TextMarks()
  ) {
    self.config = config
    self.parameters = parameters
    format = TextFormat(
      tokenizer: tokenizer, chatTemplate: chatTemplate, bosTokenID: bosTokenID,
      eosTokenIDs: eosTokenIDs)
    self.bosTokenID = bosTokenID
    self.padTokenID = padTokenID
    self.marks = marks
  }

  /// A new model: matrices from a normal distribution of deviation `initializer_range`, norms 1,
  /// biases 0, as transformers begins. Each tensor has its own stream, by its place.
  public convenience init(
    config: ModelConfig, tokenizer: any Tokenizer, chatTemplate: ChatTemplate?,
    eosTokenIDs: [Int32], seed: UInt64
  ) {
    let parameters = ParameterSet(config: config)
    for (index, entry) in parameters.entries.enumerated() {
      let values = parameters[entry.name]
      if entry.shape.count > 1 {
        var stream = RandomStream(seed: seed, UInt64(index))
        values.fillNormal(deviation: config.initializerRange, &stream)
      } else if entry.name.hasSuffix("norm.weight") {
        values.fill(1)
      }
    }
    parameters.changed()
    self.init(
      config: config, parameters: parameters, tokenizer: tokenizer, chatTemplate: chatTemplate,
      eosTokenIDs: eosTokenIDs)
  }

  /// A model without weights, to write and count what one would read: nothing can be computed with it.
  public convenience init(
    withoutWeights config: ModelConfig, tokenizer: any Tokenizer, chatTemplate: ChatTemplate?,
    eosTokenIDs: [Int32]
  ) {
    self.init(
      config: config, parameters: ParameterSet(tensors: []), tokenizer: tokenizer,
      chatTemplate: chatTemplate, eosTokenIDs: eosTokenIDs)
  }

  /// Moves the weights towards another model's: share x theirs + (1 - share) x own.
  public func mix(with other: LanguageModel, share: Double) {
    precondition(other.parameters.count == parameters.count, "models of two sizes")
    let (own, theirs) = (parameters.floats, other.parameters.floats)
    let (a, b) = (Float(share), Float(1 - share))
    Parallel.chunks(own.count, grain: 1 << 15) { range in
      for i in range { own[i] = a == 1 ? theirs[i] : a * theirs[i] + b * own[i] }
    }
    parameters.changed()
  }
}

extension Floats {
  /// Draws every element from a normal distribution of mean 0.
  func fillNormal(deviation: Double, _ stream: inout RandomStream) {
    for i in 0..<count { self[i] = Float(stream.normal() * deviation) }
  }
}
