import Randomness

extension LanguageModel {
  /// A reward model on this model's layers: the same weights, and in the place of the LM head a
  /// scalar head drawn from a normal distribution of deviation `initializer_range`, as transformers
  /// makes one.
  ///
  /// Its pad token never ends a text, since transformers takes the last token that is no padding for
  /// the end of the text.
  public func withScoreHead(seed: UInt64) -> LanguageModel {
    var config = config
    config.head = .score
    let parameters = ParameterSet(config: config)
    for entry in parameters.entries where entry.name != ParameterSet.scoreName {
      parameters[entry.name].copy(from: self.parameters[entry.name])
    }
    var stream = RandomStream(seed: seed, 0x5C0E)
    let weight = parameters[ParameterSet.scoreName]
    for i in 0..<weight.count { weight[i] = Float(stream.normal() * config.initializerRange) }
    parameters.changed()
    let model = LanguageModel(
      config: config, parameters: parameters, tokenizer: tokenizer, chatTemplate: chatTemplate,
      eosTokenIDs: eosTokenIDs, bosTokenID: bosTokenID, padTokenID: paddingTokenID, marks: marks)
    model.precision = precision
    return model
  }

  /// The pad token, or another special token where that one ends texts.
  private var paddingTokenID: Int32? {
    let names = ["<pad>", "<|pad|>", "[PAD]", "<unk>", "<|endoftext|>", "<|im_start|>"]
    let candidates = [padTokenID, bosTokenID] + names.map { tokenizer.specialTokenID($0) }
    return candidates.compactMap(\.self).first { !eosTokenIDs.contains($0) }
  }
}
