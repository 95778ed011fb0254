/// A student that learns from a teacher's distributions over the same vocabulary.
public final class Distillation {
  private let session: TrainingSession
  private let teacher: Decoder
  private let memory: DistillationMemory

  public init(session: TrainingSession, teacher: LanguageModel) {
    precondition(
      session.decoder.sizes.vocabulary == teacher.config.vocabSize, "two vocabularies")
    self.session = session
    self.teacher = Decoder(model: teacher, keeping: .none)
    memory = DistillationMemory(vocabulary: teacher.config.vocabSize)
  }

  /// The divergence of every scored entry; no gradient.
  public func score(_ batch: PackedBatch, beta: Float, temperature: Float) -> [Float] {
    session.values(batch, head(batch, beta: beta, temperature: temperature))
  }

  /// Adds the gradient of `coefficient` times the sum of the divergences, which it returns.
  ///
  /// - Parameter began: called when the teacher's pass, the student's and the backward pass begin.
  public func accumulate(
    _ batch: PackedBatch, beta: Float, temperature: Float, coefficient: Float,
    began: (Pass) -> Void = { _ in }
  ) -> [Float] {
    began(.teacher)
    let head = head(batch, beta: beta, temperature: temperature)
    began(.forward)
    return session.accumulate(
      batch, head,
      coefficients: [Float](repeating: coefficient, count: batch.scoredTargets.count),
      forwardDone: { began(.backward) })
  }

  public enum Pass: Sendable { case teacher, forward, backward }

  /// The head beside what the teacher's layers make of the batch.
  private func head(_ batch: PackedBatch, beta: Float, temperature: Float) -> DistillationHead {
    _ = teacher.forward(batch)
    return DistillationHead(
      memory: memory, teacher: teacher.entries(batch), beta: beta, temperature: temperature)
  }
}
