import Foundation
import Randomness
import Testing

@testable import Neural

extension Tensor {
  /// Memory that holds `values`.
  init(_ values: [Float]) {
    self.init(count: values.count)
    floats.copy(from: values)
  }
}

/// `count` draws from the standard normal distribution, times `scale`.
func normals(_ count: Int, _ key: UInt64, scale: Double = 1) -> [Float] {
  var stream = RandomStream(seed: 7, key)
  return (0..<count).map { _ in Float(scale * stream.normal()) }
}

/// What `body` gives with `count` threads; no result may depend on them, so other tests may run.
///
/// The number is the process's: one test at a time may change it.
func withThreads<Result>(_ count: Int, _ body: () throws -> Result) rethrows -> Result {
  changesThreads.lock()
  defer { changesThreads.unlock() }
  let before = KernelEnvironment.current.threads
  setThreads(count)
  defer { setThreads(before) }
  return try body()
}

private let changesThreads = NSRecursiveLock()

extension TrainingSession {
  /// The gradient so far, in the parameters' layout.
  var gradientValues: [Float] { gradient.floats.array }
}

/// |a - b| over max(1, |b|) at its largest.
func largestError(_ a: [Float], _ b: [Double]) -> Double {
  precondition(a.count == b.count)
  return zip(a, b).map { abs(Double($0) - $1) / max(1, abs($1)) }.max() ?? 0
}

/// |a - b| / |b| over whole arrays.
func relativeError(_ a: [Float], _ b: [Double]) -> Double {
  precondition(a.count == b.count)
  let difference = zip(a, b).reduce(0) {
    $0 + ($1.0.isNaN ? .infinity : square(Double($1.0) - $1.1))
  }
  return (difference / max(1e-30, b.reduce(0) { $0 + square($1) })).squareRoot()
}

private func square(_ x: Double) -> Double { x * x }

/// Central differences of `body` by each of `values`.
func differences(_ values: [Double], _ body: ([Double]) -> Double) -> [Double] {
  values.indices.map { i in
    let step = 1e-5 * max(1, abs(values[i]))
    var (above, below) = (values, values)
    above[i] += step
    below[i] -= step
    return (body(above) - body(below)) / (2 * step)
  }
}
