import Foundation

/// Writes the `out.count` numbers stored as `type` in `bytes` from `offset` on.
///
/// The byte counts are the caller's to check (`ElementType.bytes`); here they are preconditions.
/// One loop a type: nothing is decided per element.
func dequantize(_ out: Floats, _ bytes: RawSpan, from offset: Int, as type: ElementType) {
  guard let size = type.bytes(out.count), offset >= 0, offset + size <= bytes.byteCount else {
    preconditionFailure("\(out.count) numbers of \(type.rawValue) at byte \(offset)")
  }
  let source = bytes.extracting(offset..<offset + size)
  switch type {
  case .f32:
    for i in 0..<out.count { out[i] = Float(bitPattern: source.word32(4 * i)) }
  case .f16:
    for i in 0..<out.count { out[i] = Float(half: source.word16(2 * i)) }
  case .bf16:
    for i in 0..<out.count { out[i] = Float(brain: source.word16(2 * i)) }
  case .q40: dequantizeQ4(out, source, blockBytes: type.blockBytes, hasMinimum: false)
  case .q41: dequantizeQ4(out, source, blockBytes: type.blockBytes, hasMinimum: true)
  case .q80: dequantizeQ8(out, source, blockBytes: type.blockBytes)
  }
}

/// Blocks of 32: a scale, a minimum (Q4_1; Q4_0 has -8 scales), then 16 bytes whose low halves are
/// the first 16 numbers and whose high halves the others.
private func dequantizeQ4(_ out: Floats, _ bytes: RawSpan, blockBytes: Int, hasMinimum: Bool) {
  for block in 0..<out.count / 32 {
    let start = block * blockBytes
    let scale = Float(half: bytes.word16(start))
    let values = out[block * 32..<block * 32 + 32]
    let packed = bytes.unsafeLoadUnaligned(
      fromByteOffset: start + blockBytes - 16, as: SIMD16<UInt8>.self)
    let low = floats(packed & 15)
    let high = floats(packed &>> 4)
    if hasMinimum {
      let minimum = Float(half: bytes.word16(start + 2))
      values.store16(scale * low + minimum, 0)
      values.store16(scale * high + minimum, 16)
    } else {
      values.store16((low - 8) * scale, 0)
      values.store16((high - 8) * scale, 16)
    }
  }
}

/// Blocks of 32: a scale, then 32 signed bytes.
private func dequantizeQ8(_ out: Floats, _ bytes: RawSpan, blockBytes: Int) {
  for block in 0..<out.count / 32 {
    let start = block * blockBytes
    let scale = Float(half: bytes.word16(start))
    let values = out[block * 32..<block * 32 + 32]
    for half in [0, 16] {
      let signed = bytes.unsafeLoadUnaligned(
        fromByteOffset: start + 2 + half, as: SIMD16<UInt8>.self)
      values.store16((floats(signed ^ 0x80) - 128) * scale, half)
    }
  }
}

/// Bytes as floats: put into the mantissa of 2^23, which is then taken off; SIMD conversions of
/// integers would be scalar code.
private func floats(_ bytes: SIMD16<UInt8>) -> SIMD16<Float> {
  let bits = SIMD16<UInt32>(truncatingIfNeeded: bytes) | 0x4B00_0000
  return unsafeBitCast(bits, to: SIMD16<Float>.self) - 0x1p23
}

extension RawSpan {
  /// The little-endian number of 16 bits at `offset`.
  func word16(_ offset: Int) -> UInt16 {
    UInt16(littleEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self))
  }

  /// The little-endian number of 32 bits at `offset`.
  func word32(_ offset: Int) -> UInt32 {
    UInt32(littleEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
  }

  /// The little-endian number of 64 bits at `offset`.
  func word64(_ offset: Int) -> UInt64 {
    UInt64(littleEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }
}
