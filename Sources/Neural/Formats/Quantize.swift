extension Float {
  /// The nearest half-precision number, ties to even; beyond the largest infinity, NaN stays NaN.
  var half: UInt16 {
    let sign = UInt16(truncatingIfNeeded: bitPattern >> 16) & 0x8000
    let magnitude = bitPattern & 0x7FFF_FFFF
    if magnitude > 0x7F80_0000 { return sign | 0x7E00 }
    if magnitude >= 0x477F_F000 { return sign | 0x7C00 }
    if magnitude < 0x3880_0000 {
      // Subnormal: the last place of 0.5 is theirs, so the sum rounds as they do.
      let sum = (Float(bitPattern: magnitude) + 0.5).bitPattern
      return sign | UInt16(truncatingIfNeeded: sum - 0x3F00_0000)
    }
    let rounded = magnitude + 0xFFF + (magnitude >> 13 & 1)
    return sign | UInt16(truncatingIfNeeded: (rounded - 0x3800_0000) >> 13)
  }
}

/// Writes `values` as `type` to `bytes` from `start` on; the inverse of `dequantize`.
///
/// Q8_0 is ggml's reference: a block's scale is its largest magnitude / 127 (rounded to half only
/// where it is stored), numbers are rounded half away from zero. Other quantised types are not
/// written.
func quantize(_ values: Floats, as type: GGUFType, to bytes: inout MutableRawSpan, at start: Int) {
  switch type {
  case .f32:
    let whole = values.count / 16 * 16
    for i in stride(from: 0, to: whole, by: 16) {
      let bits = unsafeBitCast(values.load16(i), to: SIMD16<UInt32>.self)
      bytes.storeBytes(of: bits, toByteOffset: start + 4 * i, as: SIMD16<UInt32>.self)
    }
    for i in whole..<values.count {
      bytes.storeBytes(
        of: values[i].bitPattern.littleEndian, toByteOffset: start + 4 * i, as: UInt32.self)
    }
  case .f16:
    for i in 0..<values.count {
      bytes.storeBytes(
        of: values[i].half.littleEndian, toByteOffset: start + 2 * i, as: UInt16.self)
    }
  case .bf16:
    for i in 0..<values.count {
      bytes.storeBytes(
        of: values[i].brain.littleEndian, toByteOffset: start + 2 * i, as: UInt16.self)
    }
  case .q80:
    precondition(values.count % 32 == 0, "\(values.count) numbers in blocks of 32")
    for block in 0..<values.count / 32 {
      quantizeQ8(values[block * 32..<block * 32 + 32], to: &bytes, at: start + block * 34)
    }
  }
}

private func quantizeQ8(_ values: Floats, to bytes: inout MutableRawSpan, at start: Int) {
  var largest: Float = 0
  for i in 0..<32 { largest = max(largest, abs(values[i])) }
  let scale = largest / 127
  let inverse = scale == 0 ? 0 : 1 / scale
  bytes.storeBytes(of: scale.half.littleEndian, toByteOffset: start, as: UInt16.self)
  for i in 0..<32 {
    // A subnormal scale may have no finite inverse.
    let number = (values[i] * inverse).rounded(.toNearestOrAwayFromZero)
    let stored = Int8(clamping: Int(exactly: number) ?? 0)
    bytes.storeBytes(of: stored, toByteOffset: start + 2 + i, as: Int8.self)
  }
}
