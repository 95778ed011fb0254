import CMath
import Text

extension Floats {
  /// Throws `notFinite` for the first value of the tensor `name` that is infinite or not a number.
  func requireFinite(_ source: String, _ name: String, _ remedy: String) throws {
    guard !areFinite, let index = (0..<count).first(where: { !self[$0].isFinite }) else { return }
    throw ModelError(
      .notFinite,
      "\(source): the tensor '\(name)' is not finite: element \(index) of \(count) "
        + "is \(self[index]); \(remedy)")
  }

  /// Whether every element is a finite number.
  var areFinite: Bool {
    let chunks = (count + Self.checked - 1) / Self.checked
    var sums = [Float](repeating: 0, count: chunks)
    sums.withUnsafeMutableBufferPointer { buffer in
      // Each element is written by one thread, and the loop waits for all.
      nonisolated(unsafe) let sums = buffer
      Parallel.chunks(chunks, grain: 1) { part in
        for chunk in part {
          let start = chunk * Self.checked
          sums[chunk] = self[start..<Swift.min(start + Self.checked, count)].timesZero
        }
      }
    }
    return sums.allSatisfy { $0 == 0 }
  }

  /// Elements that one thread checks at a time.
  private static let checked = 1 << 18

  /// The sum of the elements times zero: 0 unless one of them is not finite.
  var timesZero: Float {
    var (first, second) = (SIMD16<Float>.zero, SIMD16<Float>.zero)
    let whole = count / 32 * 32
    for start in stride(from: 0, to: whole, by: 32) {
      first = multiply_add16(load16(start), .zero, first)
      second = multiply_add16(load16(start + 16), .zero, second)
    }
    var rest: Float = 0
    for index in whole..<count { rest += self[index] * 0 }
    return (first + second).total + rest
  }
}
