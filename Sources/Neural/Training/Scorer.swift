/// The values of a head on a model that is not trained: a reference, a reward model, or one to be measured.
public final class Scorer {
  private let decoder: Decoder
  private let support: TokenSupport
  /// Made when first needed: a model with a scalar head needs none.
  private lazy var logProbs = TokenLogProbs(decoder, over: support)

  /// - Parameter support: the tokens that log-probabilities are taken over.
  public init(model: LanguageModel, over support: TokenSupport = .head) {
    decoder = Decoder(model: model, keeping: .none)
    self.support = support
  }

  /// As `TrainingSession.values`, with the memory of one layer, and the same bits.
  public func values<Head: ModelHead>(_ batch: PackedBatch, _ head: Head) -> Head.Values {
    _ = decoder.forward(batch)
    return head.forward(decoder.entries(batch))
  }

  /// As `TrainingSession.score`.
  public func score(
    _ batch: PackedBatch, temperature: Float = 1, entropies: Bool = false
  ) -> TokenScores {
    values(
      batch, LanguageModelHead(logProbs: logProbs, temperature: temperature, entropies: entropies))
  }
}
