import CMath
import Foundation

// How far a student's next-token distribution p is from a teacher's q: the generalized
// Jensen-Shannon divergence of Agarwal et al. (arXiv 2306.13649, eq. 1), as TRL's GKDTrainer has it:
//
//   beta 0:  KL(q, p) = Σ q (log q - log p), which covers all that the teacher does
//   beta 1:  KL(p, q) = Σ p (log p - log q), the reverse one, which leaves out what it does not
//   between: beta KL(q, m) + (1 - beta) KL(p, m), with m = (1 - beta) p + beta q
//
// Both are softmaxes of logits · scale. V: vocabulary.

/// The divergence of one row; `student`, [V], becomes its derivatives by the student's logits, times
/// `factor`.
func divergence(
  student: Floats, teacher: Floats, beta: Float, scale: Float, factor: Float
) -> Float {
  precondition(student.count == teacher.count, "logits of two vocabularies")
  let p = LogitRow(student, scale: scale).logSumExp
  let q = LogitRow(teacher, scale: scale).logSumExp
  if beta == 0 { return forwardDivergence(student, teacher, p, q, scale, factor) }
  if beta == 1 { return reverseDivergence(student, teacher, p, q, scale, factor) }
  return mixedDivergence(student, teacher, p, q, beta: beta, scale: scale, factor: factor)
}

/// Derivative by z: scale (p - q).
private func forwardDivergence(
  _ student: Floats, _ teacher: Floats, _ p: Float, _ q: Float, _ scale: Float, _ factor: Float
) -> Float {
  var sum = SIMD16<Float>.zero
  eachVector(student.count) { i, count in
    let logP = student.load16(i, count: count) * scale - p
    let logQ = teacher.load16(i, count: count) * scale - q
    let weight = exponential(logQ).first(count)
    sum = multiply_add16(weight, logQ - logP, sum)
    student.store16((exponential(logP) - weight) * (scale * factor), i, count: count)
  }
  return sum.total
}

/// Derivative by z: scale p (log p - log q - KL).
private func reverseDivergence(
  _ student: Floats, _ teacher: Floats, _ p: Float, _ q: Float, _ scale: Float, _ factor: Float
) -> Float {
  var sum = SIMD16<Float>.zero
  eachVector(student.count) { i, count in
    let logP = student.load16(i, count: count) * scale - p
    let logQ = teacher.load16(i, count: count) * scale - q
    sum = multiply_add16(exponential(logP).first(count), logP - logQ, sum)
  }
  let value = sum.total
  eachVector(student.count) { i, count in
    let logP = student.load16(i, count: count) * scale - p
    let logQ = teacher.load16(i, count: count) * scale - q
    let slope = exponential(logP) * (logP - logQ - value)
    student.store16(slope * (scale * factor), i, count: count)
  }
  return value
}

/// Derivative by z: scale (1 - beta) p (log p - log m - KL(p, m)). One logarithm an element.
private func mixedDivergence(
  _ student: Floats, _ teacher: Floats, _ p: Float, _ q: Float, beta: Float, scale: Float,
  factor: Float
) -> Float {
  func logarithms(_ i: Int) -> (p: Float, q: Float, m: Float) {
    let (logP, logQ) = (student[i] * scale - p, teacher[i] * scale - q)
    // The larger one is taken out, so that none vanishes that is needed.
    let top = max(logP, logQ)
    let sum = (1 - beta) * exp(logP - top) + beta * exp(logQ - top)
    return (logP, logQ, top + log(sum))
  }
  var (fromTeacher, fromStudent) = (Float.zero, Float.zero)
  for i in 0..<student.count {
    let (logP, logQ, logM) = logarithms(i)
    fromTeacher += exp(logQ) * (logQ - logM)
    fromStudent += exp(logP) * (logP - logM)
  }
  for i in 0..<student.count {
    let (logP, _, logM) = logarithms(i)
    student[i] = factor * scale * (1 - beta) * exp(logP) * (logP - logM - fromStudent)
  }
  return beta * fromTeacher + (1 - beta) * fromStudent
}

extension SIMD16<Float> {
  /// The first `count` elements, then zeros.
  @inline(__always)
  fileprivate func first(_ count: Int) -> SIMD16<Float> {
    if count == 16 { return self }
    var value = self
    for lane in count..<16 { value[lane] = 0 }
    return value
  }
}
