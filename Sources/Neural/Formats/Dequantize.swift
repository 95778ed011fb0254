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
  case .q50: dequantizeQ5(out, source, blockBytes: type.blockBytes, hasMinimum: false)
  case .q51: dequantizeQ5(out, source, blockBytes: type.blockBytes, hasMinimum: true)
  case .q80: dequantizeQ8(out, source, blockBytes: type.blockBytes)
  case .q2K, .q3K, .q4K, .q5K, .q6K:
    for block in 0..<out.count / 256 {
      let (values, start) = (out[block * 256..<block * 256 + 256], block * type.blockBytes)
      switch type {
      case .q2K: dequantizeQ2K(values, source, start)
      case .q3K: dequantizeQ3K(values, source, start)
      case .q6K: dequantizeQ6K(values, source, start)
      default: dequantizeQ45K(values, source, start, hasFifthBits: type == .q5K)
      }
    }
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

/// As `dequantizeQ4`, with 32 fifth bits before the bytes (Q5_0 has -16 scales).
private func dequantizeQ5(_ out: Floats, _ bytes: RawSpan, blockBytes: Int, hasMinimum: Bool) {
  let lanes = SIMD16<UInt32>(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
  for block in 0..<out.count / 32 {
    let start = block * blockBytes
    let scale = Float(half: bytes.word16(start))
    let packed = bytes.bytes16(start + blockBytes - 16)
    let fifths = bytes.word32(start + blockBytes - 20)
    for half in [UInt32(0), 1] {
      let bits = (SIMD16<UInt32>(repeating: fifths &>> (16 * half)) &>> lanes & 1) &<< 4
      let four = half == 0 ? packed & 15 : packed &>> 4
      let values = floats(four | SIMD16<UInt8>(truncatingIfNeeded: bits))
      let place = block * 32 + Int(half) * 16
      if hasMinimum {
        out.store16(scale * values + Float(half: bytes.word16(start + 2)), place)
      } else {
        out.store16((values - 16) * scale, place)
      }
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
func floats(_ bytes: SIMD16<UInt8>) -> SIMD16<Float> {
  let bits = SIMD16<UInt32>(truncatingIfNeeded: bytes) | 0x4B00_0000
  return unsafeBitCast(bits, to: SIMD16<Float>.self) - 0x1p23
}

extension RawSpan {
  func byte(_ offset: Int) -> UInt8 {
    unsafeLoadUnaligned(fromByteOffset: offset, as: UInt8.self)
  }

  /// The sixteen bytes from `offset` on.
  func bytes16(_ offset: Int) -> SIMD16<UInt8> {
    unsafeLoadUnaligned(fromByteOffset: offset, as: SIMD16<UInt8>.self)
  }

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
