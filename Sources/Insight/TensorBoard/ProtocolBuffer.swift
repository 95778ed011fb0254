import Foundation

/// Bytes of a protocol buffer message, field by field (protobuf.dev/programming-guides/encoding).
struct ProtocolBuffer {
  private(set) var data = Data()

  mutating func integer(_ field: Int, _ value: Int) {
    key(field, type: 0)
    variable(UInt64(bitPattern: Int64(value)))
  }

  mutating func double(_ field: Int, _ value: Double) {
    key(field, type: 1)
    withUnsafeBytes(of: value.bitPattern.littleEndian) { data += $0 }
  }

  mutating func float(_ field: Int, _ value: Float) {
    key(field, type: 5)
    withUnsafeBytes(of: value.bitPattern.littleEndian) { data += $0 }
  }

  mutating func text(_ field: Int, _ value: String) { bytes(field, Data(value.utf8)) }

  mutating func message(_ field: Int, _ fill: (inout ProtocolBuffer) -> Void) {
    var inner = ProtocolBuffer()
    fill(&inner)
    bytes(field, inner.data)
  }

  private mutating func bytes(_ field: Int, _ value: Data) {
    key(field, type: 2)
    variable(UInt64(value.count))
    data += value
  }

  private mutating func key(_ field: Int, type: Int) { variable(UInt64(field << 3 | type)) }

  private mutating func variable(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      data.append(UInt8(rest & 0x7f | 0x80))
      rest >>= 7
    }
    data.append(UInt8(rest))
  }
}
