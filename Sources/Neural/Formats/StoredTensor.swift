import Foundation

/// A tensor in a file: what it is called, its shape (outermost first) and where its bytes are.
struct StoredTensor: Sendable, Equatable {
  var name: String
  let shape: [Int]
  let type: ElementType
  let bytes: Range<Int>

  /// The product of the shape, which the readers have checked to fit.
  var elements: Int { shape.reduce(1, *) }

  /// Elements of a row: the innermost dimension.
  var width: Int { shape.last ?? 1 }

  /// The bytes of `shape` as `type`; nil for a negative size, an overflow or a broken block.
  static func byteCount(_ shape: [Int], _ type: ElementType) -> Int? {
    var elements = 1
    for size in shape {
      let (product, overflow) = elements.multipliedReportingOverflow(by: size)
      guard size >= 0, !overflow else { return nil }
      elements = product
    }
    guard (shape.last ?? 1) % type.blockElements == 0 else { return nil }
    return type.bytes(elements)
  }

  /// Writes the tensor's numbers to `out`; row `row` of `out` is the stored row `order(row)`.
  ///
  /// On one thread: half a gigabyte takes a third of a second, most of it the kernel's page faults.
  /// - Returns: whether all are finite, which is looked at while they are in the cache.
  @discardableResult
  func read(_ out: Floats, from data: Data, order: ((Int) -> Int)? = nil) -> Bool {
    precondition(out.count == elements, "\(out.count) numbers for \(name) of \(elements)")
    guard let order, elements > 0, let rowBytes = type.bytes(width) else {
      return readInOrder(out, from: data)
    }
    var sum: Float = 0
    for row in 0..<elements / width {
      let start = bytes.lowerBound + order(row) * rowBytes
      let values = out.row(row, width: width)
      dequantize(values, data.bytes, from: start, as: type)
      sum += values.timesZero
    }
    return sum == 0
  }

  private func readInOrder(_ out: Floats, from data: Data) -> Bool {
    var sum: Float = 0
    for first in stride(from: 0, to: elements, by: Self.stretch) {
      let values = out[first..<min(first + Self.stretch, elements)]
      guard let offset = type.bytes(first) else { preconditionFailure("a stretch of no blocks") }
      dequantize(values, data.bytes, from: bytes.lowerBound + offset, as: type)
      sum += values.timesZero
    }
    return sum == 0
  }

  /// Elements that are read and looked at together: whole blocks of every type.
  private static let stretch = 1 << 13
}
