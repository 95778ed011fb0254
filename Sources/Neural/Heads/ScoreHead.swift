import CMath
import Randomness
import Text

/// A reward model's head: score = w · h, where h is the hidden state of a text's last token; in 32-bit
/// floats whatever the precision. For batches of `PackedBatch.texts`.
public struct ScoreHead: ModelHead {
  public init() {}

  public func weightName(in parameters: ParameterSet) -> String { ParameterSet.scoreName }

  public func forward(_ entries: ScoredEntries) -> [Float] {
    let weight = entries.model.parameters[ParameterSet.scoreName]
    return (0..<entries.count).map { dot(entries.hidden.row($0, width: entries.width), weight) }
  }

  public func backward(
    _ entries: ScoredEntries, _ gradient: HeadGradient, coefficients: [Float], values: [Float]?
  ) -> [Float] {
    precondition(coefficients.count == entries.count, "a coefficient for each score")
    let (weight, width) = (entries.model.parameters[ParameterSet.scoreName], entries.width)
    for (entry, coefficient) in coefficients.enumerated() {
      let hidden = entries.hidden.row(entry, width: width)
      gradient.hidden.row(entry, width: width).copy(from: weight, times: coefficient)
      guard let dWeight = gradient.weight else { continue }
      eachVector(width) { i, count in
        let sum = dWeight.load16(i, count: count)
        dWeight.store16(
          multiply_add16(
            hidden.load16(i, count: count), SIMD16(repeating: coefficient), sum), i, count: count)
      }
    }
    return values ?? forward(entries)
  }
}

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
    var stream = RandomStream(seed: seed, .scoreWeights)
    parameters[ParameterSet.scoreName]
      .fillNormal(deviation: config.initializerRange, &stream)
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
