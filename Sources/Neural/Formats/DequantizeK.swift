// ggml's K types: blocks of 256 with separate scales for every 16 or 32 numbers. Each function
// writes one block to `out`, with the products and sums of ggml's `dequantize_row_*`, in their order.

/// Q2_K: 16 pairs of a scale and a minimum of 4 bits, 2-bit numbers, then the two super-scales.
func dequantizeQ2K(_ out: Floats, _ bytes: RawSpan, _ start: Int) {
  let (scale, minimum) = superScales(bytes, start + 80)
  for group in 0..<16 {
    // 32 bytes hold 128 numbers, two bits of each byte after the other.
    let (half, rest) = group.quotientAndRemainder(dividingBy: 8)
    let packed = bytes.bytes16(start + 16 + half * 32 + rest % 2 * 16)
    let both = bytes.byte(start + group)
    let values = floats(packed &>> UInt8(rest / 2 * 2) & 3)
    out.store16(scale * Float(both & 15) * values - minimum * Float(both &>> 4), group * 16)
  }
}

/// Q3_K: high bits, 2-bit numbers, 16 scales of 6 bits, the super-scale.
func dequantizeQ3K(_ out: Floats, _ bytes: RawSpan, _ start: Int) {
  let scale = Float(half: bytes.word16(start + 108))
  for group in 0..<16 {
    let (half, rest) = group.quotientAndRemainder(dividingBy: 8)
    let place = rest % 2 * 16
    let low = bytes.bytes16(start + 32 + half * 32 + place) &>> UInt8(rest / 2 * 2) & 3
    let high = bytes.bytes16(start + place) &>> UInt8(half * 4 + rest / 2) & 1
    let own = bytes.byte(start + 96 + group % 8) &>> UInt8(group / 8 * 4) & 15
    let more = bytes.byte(start + 104 + group % 4) &>> UInt8(group / 4 * 2) & 3
    let factor = scale * Float(Int(own | more &<< 4) - 32)
    out.store16(factor * (floats(low | high &<< 2) - 4), group * 16)
  }
}

/// Q4_K and Q5_K: two super-scales, 8 pairs of a scale and a minimum of 6 bits, the fifth bits
/// (Q5_K), 4-bit numbers.
func dequantizeQ45K(_ out: Floats, _ bytes: RawSpan, _ start: Int, hasFifthBits: Bool) {
  let (scale, minimum) = superScales(bytes, start)
  let numbers = start + 16 + (hasFifthBits ? 32 : 0)
  for group in 0..<8 {
    let (factor, offset) = scaleAndMinimum(bytes, start + 4, group)
    let (a, b) = (scale * Float(factor), minimum * Float(offset))
    for part in [0, 16] {
      let packed = bytes.bytes16(numbers + group / 2 * 32 + part)
      var values = group % 2 == 0 ? packed & 15 : packed &>> 4
      if hasFifthBits {
        values |= (bytes.bytes16(start + 16 + part) &>> UInt8(group) & 1) &<< 4
      }
      out.store16(a * floats(values) - b, group * 32 + part)
    }
  }
}

/// Q6_K: low halves, upper two bits, 16 signed scales, the super-scale.
func dequantizeQ6K(_ out: Floats, _ bytes: RawSpan, _ start: Int) {
  let scale = Float(half: bytes.word16(start + 208))
  for group in 0..<16 {
    let (half, rest) = group.quotientAndRemainder(dividingBy: 8)
    let packed = bytes.bytes16(start + half * 64 + rest % 4 * 16)
    let low = rest < 4 ? packed & 15 : packed &>> 4
    let high = bytes.bytes16(start + 128 + half * 32 + rest % 2 * 16) &>> UInt8(rest / 2 * 2) & 3
    let factor = scale * Float(Int8(bitPattern: bytes.byte(start + 192 + group)))
    out.store16(factor * (floats(low | high &<< 4) - 32), group * 16)
  }
}

private func superScales(_ bytes: RawSpan, _ start: Int) -> (scale: Float, minimum: Float) {
  (Float(half: bytes.word16(start)), Float(half: bytes.word16(start + 2)))
}

/// Scale and minimum of a group, 6 bits each, from 12 bytes: the first four groups' stand in the low
/// bits, the others' in what is left.
private func scaleAndMinimum(
  _ bytes: RawSpan, _ start: Int, _ group: Int
) -> (scale: UInt8, minimum: UInt8) {
  if group < 4 { return (bytes.byte(start + group) & 63, bytes.byte(start + group + 4) & 63) }
  let low = bytes.byte(start + group + 4)
  return (
    low & 15 | (bytes.byte(start + group - 4) &>> 6) &<< 4,
    low &>> 4 | (bytes.byte(start + group) &>> 6) &<< 4
  )
}
