/// Count, mean and spread of numbers.
public struct Moments: Sendable, Equatable {
  public let count: Int
  /// nil without numbers.
  public let mean: Double?
  /// The square root of the unbiased variance; nil for fewer than two numbers.
  public let standardDeviation: Double?

  public init(_ values: some Collection<Double>) {
    count = values.count
    guard count > 0 else {
      mean = nil
      standardDeviation = nil
      return
    }
    let mean = values.reduce(0, +) / Double(count)
    self.mean = mean
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    standardDeviation = count > 1 ? (squares / Double(count - 1)).squareRoot() : nil
  }

  /// The standard error of the mean; nil for fewer than two numbers.
  public var standardError: Double? { standardDeviation.map { $0 / Double(count).squareRoot() } }
}
