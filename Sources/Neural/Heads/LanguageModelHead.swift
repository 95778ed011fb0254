/// The LM head as one loss reads it: the log-probability of every entry's target, of softmax(logits /
/// temperature), and the entropies of the distributions.
struct LanguageModelHead: ModelHead {
  let logProbs: TokenLogProbs
  let temperature: Float
  var entropies = false

  func weightName(in parameters: ParameterSet) -> String { parameters.headName }

  func forward(_ entries: ScoredEntries) -> TokenScores {
    logProbs.forward(
      entries.hidden, targets: entries.targets, head: entries.model.packed.head,
      temperature: temperature, entropies: entropies)
  }

  func backward(
    _ entries: ScoredEntries, _ gradient: HeadGradient, coefficients: [Float], values: TokenScores?
  ) -> TokenScores {
    logProbs.backward(
      dHidden: gradient.hidden, dHead: gradient.matrix, hidden: entries.hidden,
      targets: entries.targets, coefficients: coefficients, scores: values,
      head: entries.model.packed.head, temperature: temperature)
  }
}

extension TokenLogProbs {
  /// For what a decoder leaves, with its memory for factors.
  convenience init(_ decoder: Decoder, over support: TokenSupport) {
    self.init(
      vocabulary: decoder.sizes.vocabulary, width: decoder.sizes.hidden,
      mask: support == .tokenizer ? decoder.model.unnamedRows : nil,
      operands: decoder.workspace.operands)
  }
}
