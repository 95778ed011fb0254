import CMath
import COneDNN
import Foundation

/// A factor of a product: a view of dense elements in the product's precision.
struct Operand: @unchecked Sendable {  // Parallel loops write to disjoint parts of one view.
  private let base: UnsafeMutableRawPointer
  let count: Int
  let precision: Precision

  private init(base: UnsafeMutableRawPointer, count: Int, precision: Precision) {
    (self.base, self.count, self.precision) = (base, count, precision)
  }

  /// The floats themselves.
  init(_ floats: Floats) { self.init(memory: floats, precision: .f32) }

  /// Room for as many elements as there are floats; bfloat16 numbers fill half of it.
  init(memory: Floats, precision: Precision) {
    base = UnsafeMutableRawPointer(memory.base)
    count = memory.count
    self.precision = precision
  }

  init(words: UnsafeMutableRawPointer, count: Int) {
    base = words
    self.count = count
    precision = .bf16
  }

  /// Rounds and writes the first `count` elements (at most sixteen) from `index` on.
  @inline(__always)
  func store16(_ value: SIMD16<Float>, _ index: Int, count: Int) {
    assert(index >= 0 && index + count <= self.count, "elements from \(index) of \(self.count)")
    if precision == .f32 {
      Floats(base: base.assumingMemoryBound(to: Float.self), count: self.count)
        .store16(value, index, count: count)
    } else {
      storeNarrow(base.assumingMemoryBound(to: UInt16.self) + index, value, count: count)
    }
  }

  /// `count` elements (at most sixteen) from `index` on, then zeros.
  @inline(__always)
  func load16(_ index: Int, count: Int) -> SIMD16<Float> {
    assert(index >= 0 && index + count <= self.count, "elements from \(index) of \(self.count)")
    if precision == .f32 {
      return Floats(base: base.assumingMemoryBound(to: Float.self), count: self.count)
        .load16(index, count: count)
    }
    let words = base.assumingMemoryBound(to: UInt16.self) + index
    if count == 16 {
      return widen16(UnsafeRawPointer(words).loadUnaligned(as: SIMD16<UInt16>.self))
    }
    var bits = SIMD16<UInt16>.zero
    for lane in 0..<count { bits[lane] = words[lane] }
    return widen16(bits)
  }

  /// Takes over the floats, rounded if need be; nothing is done where they are the factor themselves.
  func fill(_ floats: Floats) {
    precondition(floats.count == count, "\(floats.count) floats for a factor of \(count)")
    if precision == .bf16 { narrow(words(0), floats) }
  }

  /// Some of `total` rows of one width.
  func rows(_ part: Range<Int>, of total: Int) -> Operand {
    let width = count / max(total, 1)
    precondition(part.lowerBound >= 0 && part.upperBound <= total, "rows \(part) of \(total)")
    return Operand(
      base: UnsafeMutableRawPointer(mutating: address(part.lowerBound * width)),
      count: part.count * width, precision: precision)
  }

  /// The bfloat16 numbers from `index` on.
  func words(_ index: Int) -> UnsafeMutablePointer<UInt16> {
    base.assumingMemoryBound(to: UInt16.self) + index
  }

  /// The address of element `index`.
  func address(_ index: Int) -> UnsafeRawPointer {
    UnsafeRawPointer(base)
      + index * (precision == .f32 ? MemoryLayout<Float>.stride : MemoryLayout<UInt16>.stride)
  }

  /// The matrix that begins at element `index`.
  func matrix(from index: Int = 0, rowStride: Int, columnStride: Int) -> onednn_matrix {
    onednn_matrix(
      base: address(index), row_stride: Int64(rowStride), column_stride: Int64(columnStride),
      type: precision.element)
  }
}

/// Where the factors of a pass's products are rounded on their way in; 32-bit floats pass through.
///
/// An operand is good until the next one takes its place: one for inputs of products, one for gradients of
/// the outputs of blocks, one for gradients within them.
final class OperandMemory {
  enum Place { case input, outputGradient, innerGradient }

  private let input = Words()
  private let outputGradient = Words()
  private let innerGradient = Words()
  /// For weight gradients.
  let turned = TurnedFactors()

  /// The floats as a factor.
  func operand(_ floats: Floats, _ precision: Precision, _ place: Place) -> Operand {
    precision == .f32 ? Operand(floats) : words(place).narrow(floats)
  }

  /// Where a factor is to be written that takes the place of `floats`: over them, or in a place.
  func room(over floats: Floats, _ precision: Precision, _ place: Place) -> Operand {
    precision == .f32 ? Operand(floats) : words(place).room(floats.count)
  }

  private func words(_ place: Place) -> Words {
    switch place {
    case .input: input
    case .outputGradient: outputGradient
    case .innerGradient: innerGradient
    }
  }

  /// An allocation of bfloat16 numbers that grows.
  final class Words {
    private var memory = Tensor(count: 0)

    func room(_ count: Int) -> Operand {
      // Two words to a float.
      let floats = (count + 1) / 2
      if floats > memory.floats.count { memory = Tensor(count: floats) }
      return Operand(words: UnsafeMutableRawPointer(memory.floats.base), count: count)
    }

    func narrow(_ floats: Floats) -> Operand {
      let operand = room(floats.count)
      // Chunks are disjoint, and the loop waits for all.
      nonisolated(unsafe) let target = operand.words(0)
      Parallel.chunks(floats.count, grain: 1 << 15) { range in
        Neural.narrow(target + range.lowerBound, floats[range])
      }
      return operand
    }
  }
}

/// Rounds to bfloat16, ties to even.
func narrow(_ target: UnsafeMutablePointer<UInt16>, _ source: Floats) {
  eachVector(source.count) { i, count in
    storeNarrow(target + i, source.load16(i, count: count), count: count)
  }
}

@inline(__always)
private func widen16(_ words: SIMD16<UInt16>) -> SIMD16<Float> {
  unsafeBitCast(SIMD16<UInt32>(truncatingIfNeeded: words) &<< 16, to: SIMD16<Float>.self)
}

/// Writes the first `count` elements (at most sixteen), rounded to bfloat16.
@inline(__always)
func storeNarrow(
  _ target: UnsafeMutablePointer<UInt16>, _ value: SIMD16<Float>, count: Int
) {
  let words = narrow16(value)
  if count == 16 {
    UnsafeMutableRawPointer(target).storeBytes(of: words, as: SIMD16<UInt16>.self)
  } else {
    for lane in 0..<count { target[lane] = words[lane] }
  }
}
