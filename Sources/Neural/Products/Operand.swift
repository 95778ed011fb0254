import CMath
import COneDNN
import Foundation

/// A factor of a product: a view of dense elements in the product's precision.
struct Operand: @unchecked Sendable {  // Read only.
  let base: UnsafeRawPointer
  let count: Int
  let precision: Precision

  init(_ floats: Floats) {
    base = UnsafeRawPointer(floats.base)
    count = floats.count
    precision = .f32
  }

  fileprivate init(words: UnsafePointer<UInt16>, count: Int) {
    base = UnsafeRawPointer(words)
    self.count = count
    precision = .bf16
  }

  /// The address of element `index`.
  func address(_ index: Int) -> UnsafeRawPointer {
    base + index * (precision == .f32 ? MemoryLayout<Float>.stride : MemoryLayout<UInt16>.stride)
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
/// Two places, for the input of a layer and for the gradient of its output: an operand is good until
/// the next one takes its place.
final class OperandMemory {
  enum Place { case input, outputGradient }

  private var input = Words()
  private var outputGradient = Words()

  func operand(_ floats: Floats, _ precision: Precision, _ place: Place) -> Operand {
    if precision == .f32 { return Operand(floats) }
    switch place {
    case .input: return input.narrow(floats)
    case .outputGradient: return outputGradient.narrow(floats)
    }
  }

  /// An allocation of bfloat16 numbers that grows.
  private final class Words {
    private var memory = UnsafeMutablePointer<UInt16>.allocate(capacity: 0)
    private var capacity = 0

    deinit { memory.deallocate() }

    func narrow(_ floats: Floats) -> Operand {
      if floats.count > capacity {
        memory.deallocate()
        capacity = floats.count
        memory = .allocate(capacity: capacity)
      }
      // Chunks are disjoint, and the loop waits for all.
      nonisolated(unsafe) let target = memory
      Parallel.chunks(floats.count, grain: 1 << 15) { range in
        Neural.narrow(target + range.lowerBound, floats[range])
      }
      return Operand(words: memory, count: floats.count)
    }
  }
}

/// Rounds to bfloat16, ties to even.
func narrow(_ target: UnsafeMutablePointer<UInt16>, _ source: Floats) {
  eachVector(source.count) { i, count in
    let words = narrow16(source.load16(i, count: count))
    if count == 16 {
      UnsafeMutableRawPointer(target + i).storeBytes(of: words, as: SIMD16<UInt16>.self)
    } else {
      for lane in 0..<count { target[i + lane] = words[lane] }
    }
  }
}
