import CMath

// A reward model's head: score = w · h, where h is the hidden state of a text's last token.

extension Decoder {
  /// The score of every entry of the batch that `forward` ran; in 32-bit floats whatever the precision.
  func scores(_ batch: PackedBatch) -> [Float] {
    let weight = model.parameters[ParameterSet.scoreName]
    let hidden = workspace.head(entries: batch.scoredRows.count).hidden
    return batch.scoredRows.indices.map { dot(hidden.row($0, width: sizes.hidden), weight) }
  }

  /// Adds the gradient of the weights, given d loss / d score of every entry.
  func backwardScores(
    _ batch: PackedBatch, plan: AttentionPlan, coefficients: [Float], gradients: WeightGradients
  ) {
    precondition(coefficients.count == batch.scoredRows.count, "a coefficient for each score")
    let weight = model.parameters[ParameterSet.scoreName]
    let dWeight = gradients.score
    let entries = workspace.head(entries: coefficients.count)
    for (entry, coefficient) in coefficients.enumerated() {
      let hidden = entries.hidden.row(entry, width: sizes.hidden)
      entries.gradient.row(entry, width: sizes.hidden).copy(from: weight, times: coefficient)
      guard let dWeight else { continue }
      eachVector(sizes.hidden) { i, count in
        let sum = dWeight.load16(i, count: count)
        dWeight.store16(
          multiply_add16(
            hidden.load16(i, count: count), SIMD16(repeating: coefficient), sum), i, count: count)
      }
    }
    backwardLayers(batch, plan: plan, gradients: gradients)
  }
}

extension TrainingSession {
  /// Scores of the entries of a batch of `PackedBatch.texts`; no gradient.
  public func scoreTexts(_ batch: PackedBatch) -> [Float] {
    _ = decoder.forward(batch)
    return decoder.scores(batch)
  }

  /// Adds the gradient of a loss whose derivatives by the scores `loss` computes.
  ///
  /// - Parameter forwardDone: called between the two passes.
  /// - Returns: the scores.
  @discardableResult
  public func accumulateTexts(
    _ batch: PackedBatch, forwardDone: () -> Void = {}, loss: ([Float]) throws -> [Float]
  ) rethrows -> [Float] {
    let plan = decoder.forward(batch)
    let scores = decoder.scores(batch)
    let coefficients = try loss(scores)
    forwardDone()
    decoder.backwardScores(
      batch, plan: plan, coefficients: coefficients, gradients: gradients)
    return scores
  }
}

extension Scorer {
  /// As `TrainingSession.scoreTexts`, with the memory of one layer, and the same bits.
  public func scoreTexts(_ batch: PackedBatch) -> [Float] {
    _ = decoder.forward(batch)
    return decoder.scores(batch)
  }
}
