import CMath

/// e to the power of each element, for elements of at most 88: within 2 units in the last place;
/// exactly 1 at 0 and exactly 0 below -87.3 (so at minus infinity).
///
/// Cody and Waite's reduction and the polynomial of Cephes' expf (Moshier); no conversions and no
/// clamps that Swift would compile to scalar code.
@inline(__always)
func exponential(_ x: SIMD16<Float>) -> SIMD16<Float> {
  let magic = SIMD16<Float>(repeating: 12_582_912)  // 1.5 · 2²³: adding it rounds to an integer
  let vanishing = x .< -87.3
  let bounded = x.replacing(with: 0, where: vanishing)
  let shifted = multiply_add16(bounded, SIMD16(repeating: 1.442_695_04), magic)
  let power = shifted - magic
  var rest = multiply_add16(power, SIMD16(repeating: -0.693_359_375), bounded)
  rest = multiply_add16(power, SIMD16(repeating: 2.121_944_4e-4), rest)
  var series = SIMD16<Float>(repeating: 1.987_569_15e-4)
  series = multiply_add16(series, rest, SIMD16(repeating: 1.398_199_95e-3))
  series = multiply_add16(series, rest, SIMD16(repeating: 8.333_451_9e-3))
  series = multiply_add16(series, rest, SIMD16(repeating: 4.166_579_6e-2))
  series = multiply_add16(series, rest, SIMD16(repeating: 1.666_666_5e-1))
  series = multiply_add16(series, rest, SIMD16(repeating: 5.000_000_1e-1))
  let mantissa = multiply_add16(series, rest * rest, rest) + 1
  let exponent = SIMD16<UInt32>(bitPattern: shifted) &<< 23
  let result = SIMD16<UInt32>(bitPattern: mantissa) &+ exponent
  return SIMD16<Float>(bitPattern: result).replacing(with: 0, where: vanishing)
}

extension SIMD16<UInt32> {
  @inline(__always)
  fileprivate init(bitPattern value: SIMD16<Float>) {
    self = unsafeBitCast(value, to: SIMD16<UInt32>.self)
  }
}

extension SIMD16<Float> {
  @inline(__always)
  fileprivate init(bitPattern value: SIMD16<UInt32>) {
    self = unsafeBitCast(value, to: SIMD16<Float>.self)
  }
}
