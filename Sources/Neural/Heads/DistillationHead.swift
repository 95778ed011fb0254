/// Two LM heads side by side: divergences between a student's and a teacher's distributions, in
/// chunks of rows, so that a matrix of tokens x vocabulary never exists.
///
/// N: scored entries. C, D: hidden sizes of student and teacher. V: vocabulary.
final class DistillationHead {
  private let vocabulary: Int
  private let chunk: Int
  private let student: Tensor
  private let teacher: Tensor
  private let operands = OperandMemory()

  init(vocabulary: Int) {
    self.vocabulary = vocabulary
    chunk = LogitChunk.distillation(vocabulary: vocabulary)
    student = Tensor(count: chunk * vocabulary)
    teacher = Tensor(count: chunk * vocabulary)
  }

  /// What one side's product needs: hidden states [N, width] and the head.
  struct Side {
    let hidden: Floats
    let width: Int
    let head: PackedMatrix

    func rows(_ range: Range<Int>) -> Floats {
      hidden[range.lowerBound * width..<range.upperBound * width]
    }
  }

  /// Divergences of `count` entries. With a `gradient`, adds `factor` times d Σ divergence / d head to
  /// it and writes that by the student's hidden states, [N, C], to `dHidden`.
  func divergences(
    _ student: Side, _ teacher: Side, count: Int, beta: Float, temperature: Float,
    gradient: (factor: Float, dHidden: Floats, dHead: MatrixGradient)?
  ) -> [Float] {
    var values = [Float](repeating: 0, count: count)
    for start in stride(from: 0, to: count, by: chunk) {
      let range = start..<min(start + chunk, count)
      let states = operands.operand(student.rows(range), student.head.precision, .input)
      matmul(self.student.floats, states, student.head, rows: range.count)
      // The teacher's rows are turned into a factor only now: both use one memory.
      let own = self.student.floats[0..<range.count * vocabulary]
      matmul(
        self.teacher.floats, operands.operand(teacher.rows(range), teacher.head.precision, .input),
        teacher.head, rows: range.count)
      compare(
        range, own, into: &values, beta: beta, scale: 1 / temperature,
        factor: gradient?.factor ?? 0)
      guard let gradient else { continue }
      let again = operands.operand(student.rows(range), student.head.precision, .input)
      matmulBackward(
        dx: gradient.dHidden[
          range.lowerBound * student.width..<range.upperBound * student.width],
        dw: gradient.dHead, dy: operands.operand(own, student.head.precision, .outputGradient),
        x: again, student.head, rows: range.count, memory: operands)
    }
    return values
  }

  private func compare(
    _ range: Range<Int>, _ own: Floats, into values: inout [Float], beta: Float, scale: Float,
    factor: Float
  ) {
    let (theirs, vocabulary) = (teacher.floats, vocabulary)
    values.withUnsafeMutableBufferPointer { buffer in
      // Each row is written by one thread, and the loop waits for all.
      nonisolated(unsafe) let values = buffer
      Parallel.chunks(range.count, grain: Parallel.grain(width: vocabulary)) { part in
        for row in part {
          values[range.lowerBound + row] = divergence(
            student: own.row(row, width: vocabulary), teacher: theirs.row(row, width: vocabulary),
            beta: beta, scale: scale, factor: factor)
        }
      }
    }
  }
}

/// A student that learns from a teacher's distributions over the same vocabulary.
public final class Distillation {
  private let session: TrainingSession
  private let teacher: Decoder
  private let head: DistillationHead

  public init(session: TrainingSession, teacher: LanguageModel) {
    precondition(
      session.decoder.sizes.vocabulary == teacher.config.vocabSize, "two vocabularies")
    self.session = session
    self.teacher = Decoder(model: teacher, keeping: .none)
    head = DistillationHead(vocabulary: teacher.config.vocabSize)
  }

  /// The divergence of every scored entry; no gradient.
  public func score(_ batch: PackedBatch, beta: Float, temperature: Float) -> [Float] {
    _ = teacher.forward(batch)
    _ = session.decoder.forward(batch)
    return divergences(batch, beta: beta, temperature: temperature, gradient: nil)
  }

  /// Adds the gradient of `coefficient` times the sum of the divergences, which it returns.
  ///
  /// - Parameter began: called when the teacher's pass, the student's and the backward pass begin.
  public func accumulate(
    _ batch: PackedBatch, beta: Float, temperature: Float, coefficient: Float,
    began: (Pass) -> Void = { _ in }
  ) -> [Float] {
    began(.teacher)
    _ = teacher.forward(batch)
    began(.forward)
    let student = session.decoder
    let plan = student.forward(batch)
    began(.backward)
    let gradients = session.gradients
    let values = divergences(
      batch, beta: beta, temperature: temperature,
      gradient: (
        coefficient, student.workspace.head(entries: batch.scoredRows.count).gradient,
        gradients.head
      ))
    student.backwardLayers(batch, plan: plan, gradients: gradients)
    return values
  }

  public enum Pass: Sendable { case teacher, forward, backward }

  private func divergences(
    _ batch: PackedBatch, beta: Float, temperature: Float,
    gradient: (factor: Float, dHidden: Floats, dHead: MatrixGradient)?
  ) -> [Float] {
    let count = batch.scoredRows.count
    func side(_ decoder: Decoder) -> DistillationHead.Side {
      .init(
        hidden: decoder.workspace.head(entries: count).hidden, width: decoder.sizes.hidden,
        head: decoder.model.packed.head)
    }
    return head.divergences(
      side(session.decoder), side(teacher), count: count, beta: beta, temperature: temperature,
      gradient: gradient)
  }
}
