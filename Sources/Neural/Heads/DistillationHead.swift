/// A student's LM head beside its teacher's: how far every entry's distribution is from the teacher's, in
/// chunks of rows, so that a matrix of tokens x vocabulary never exists.
struct DistillationHead: ModelHead {
  let memory: DistillationMemory
  /// The same entries as the teacher's layers leave them.
  let teacher: ScoredEntries
  let beta: Float
  let temperature: Float

  func weightName(in parameters: ParameterSet) -> String { parameters.headName }

  func forward(_ student: ScoredEntries) -> [Float] { divergences(student, backward: nil) }

  /// The divergences are computed anew: their derivatives come from the same logits.
  func backward(
    _ student: ScoredEntries, _ gradient: HeadGradient, coefficients: [Float], values: [Float]?
  ) -> [Float] {
    precondition(coefficients.count == student.count, "a coefficient for each divergence")
    return divergences(student, backward: (gradient, coefficients))
  }

  private func divergences(
    _ student: ScoredEntries, backward: (gradient: HeadGradient, coefficients: [Float])?
  ) -> [Float] {
    precondition(teacher.count == student.count, "entries of two batches")
    let (operands, vocabulary) = (memory.operands, memory.vocabulary)
    let (head, teacherHead) = (student.model.packed.head, teacher.model.packed.head)
    var values = [Float](repeating: 0, count: student.count)
    for start in stride(from: 0, to: student.count, by: memory.chunk) {
      let range = start..<min(start + memory.chunk, student.count)
      let hidden = student.rows(range, of: student.hidden)
      let states = operands.operand(hidden, head.precision, .input)
      matmul(memory.student.floats, states, head, rows: range.count)
      // The teacher's rows are turned into a factor only now: both use one memory.
      let own = memory.student.floats[0..<range.count * vocabulary]
      let theirs = operands.operand(
        teacher.rows(range, of: teacher.hidden), teacherHead.precision, .input)
      matmul(memory.teacher.floats, theirs, teacherHead, rows: range.count)
      compare(range, own, into: &values, factors: backward?.coefficients)
      guard let gradient = backward?.gradient else { continue }
      let again = operands.operand(hidden, head.precision, .input)
      matmulBackward(
        dx: student.rows(range, of: gradient.hidden), dw: gradient.matrix,
        dy: operands.operand(own, head.precision, .outputGradient), x: again, head,
        rows: range.count, memory: operands)
    }
    return values
  }

  private func compare(
    _ range: Range<Int>, _ own: Floats, into values: inout [Float], factors: [Float]?
  ) {
    let (theirs, vocabulary) = (memory.teacher.floats, memory.vocabulary)
    let (beta, scale) = (beta, 1 / temperature)
    values.withUnsafeMutableBufferPointer { buffer in
      // Each row is written by one thread, and the loop waits for all.
      nonisolated(unsafe) let values = buffer
      Parallel.chunks(range.count, grain: Parallel.grain(width: vocabulary)) { part in
        for row in part {
          let entry = range.lowerBound + row
          values[entry] = divergence(
            student: own.row(row, width: vocabulary), teacher: theirs.row(row, width: vocabulary),
            beta: beta, scale: scale, factor: factors?[entry] ?? 0)
        }
      }
    }
  }
}

/// A chunk of logits of both sides.
final class DistillationMemory {
  let vocabulary: Int
  let chunk: Int
  let student: Tensor
  let teacher: Tensor
  let operands = OperandMemory()

  init(vocabulary: Int) {
    self.vocabulary = vocabulary
    chunk = LogitChunk.distillation(vocabulary: vocabulary)
    student = Tensor(count: chunk * vocabulary)
    teacher = Tensor(count: chunk * vocabulary)
  }
}
