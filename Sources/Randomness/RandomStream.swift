import Foundation

/// A stream of random words addressed by a key and a counter, so that nothing has to be saved to go
/// on with it and any part of it can be drawn in any order.
///
/// Philox4x32-10 (Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011). The key
/// comes from a seed and a path of coordinates, for example (stage seed, step, prompt, sample); the
/// counter is the position in the stream, for example the token.
public struct RandomStream: RandomNumberGenerator, Sendable, Equatable {
  public let key: UInt64
  public private(set) var position: UInt64 = 0

  /// The stream at the coordinates `path` of a seed.
  public init(seed: UInt64, _ path: UInt64...) {
    key = path.reduce(seed) { Self.mix($0, $1) }
  }

  private init(key: UInt64) { self.key = key }

  /// The stream at further coordinates below this one; it does not depend on this one's position.
  public func at(_ path: UInt64...) -> RandomStream {
    RandomStream(key: path.reduce(key) { Self.mix($0, $1) })
  }

  /// The next 64 random bits.
  public mutating func next() -> UInt64 {
    defer { position += 1 }
    return word(at: position)
  }

  /// The 64 random bits at a position of the stream.
  public func word(at position: UInt64) -> UInt64 {
    let block = Self.philox(counter: position, lane: 0, key: key)
    return UInt64(block.1) << 32 | UInt64(block.0)
  }

  /// A number in 0..<1 with 53 random bits, at a position of the stream.
  public func uniform(at position: UInt64) -> Double {
    Double(word(at: position) >> 11) * 0x1p-53
  }

  /// The next number in 0..<1.
  public mutating func uniform() -> Double {
    defer { position += 1 }
    return uniform(at: position)
  }

  /// The next draw from the standard normal distribution (Box and Muller).
  public mutating func normal() -> Double {
    let radius = (-2 * log(1 - uniform())).squareRoot()
    return radius * cos(2 * .pi * uniform())
  }

  /// An order of `0..<count`, each as likely as any other (Fisher and Yates).
  public mutating func permutation(_ count: Int) -> [Int] {
    var order = Array(0..<count)
    order.shuffle(using: &self)
    return order
  }

  /// A new key from a key and one coordinate; distinct coordinates give independent streams.
  private static func mix(_ key: UInt64, _ coordinate: UInt64) -> UInt64 {
    let block = philox(counter: coordinate, lane: 0x5EED, key: key)
    return UInt64(block.3) << 32 | UInt64(block.2)
  }

  private static func philox(
    counter: UInt64, lane: UInt32, key: UInt64
  ) -> (UInt32, UInt32, UInt32, UInt32) {
    var (x0, x1) = (UInt32(truncatingIfNeeded: counter), UInt32(truncatingIfNeeded: counter >> 32))
    var (x2, x3) = (lane, UInt32(0))
    var (k0, k1) = (UInt32(truncatingIfNeeded: key), UInt32(truncatingIfNeeded: key >> 32))
    for _ in 0..<10 {
      let a = UInt64(x0) * 0xD251_1F53
      let b = UInt64(x2) * 0xCD9E_8D57
      (x0, x1, x2, x3) = (
        UInt32(truncatingIfNeeded: b >> 32) ^ x1 ^ k0, UInt32(truncatingIfNeeded: b),
        UInt32(truncatingIfNeeded: a >> 32) ^ x3 ^ k1, UInt32(truncatingIfNeeded: a)
      )
      k0 &+= 0x9E37_79B9
      k1 &+= 0xBB67_AE85
    }
    return (x0, x1, x2, x3)
  }
}
