@testable import Neural

extension Precision {
  /// What products read of `values`: themselves, or the nearest bfloat16 numbers.
  func seen(_ values: [Float]) -> [Float] {
    guard self == .bf16 else { return values }
    return values.map { value in
      let (below, rest) = (value.bitPattern >> 16, value.bitPattern & 0xffff)
      let up = rest > 0x8000 || (rest == 0x8000 && below & 1 == 1)
      return Float(bitPattern: (below + (up ? 1 : 0)) << 16)
    }
  }
}
