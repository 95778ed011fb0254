import Foundation

@testable import Neural

/// Writes small GGUF files, right or wrong ones.
struct GGUFBuilder {
  indirect enum Value {
    case u8(UInt8)
    case i8(Int8)
    case u16(UInt16)
    case i16(Int16)
    case u32(UInt32)
    case i32(Int32)
    case f32(Float)
    case bool(Bool)
    case string(String)
    case u64(UInt64)
    case i64(Int64)
    case f64(Double)
    /// Elements of one type.
    case array([Value])
    /// A type and bytes as they are.
    case raw(UInt32, Data)
  }

  struct Tensor {
    let name: String
    /// Innermost dimension first, as the file has it.
    let shape: [UInt64]
    let type: UInt32
    var offset: UInt64 = 0
  }

  var magic = "GGUF"
  var version: UInt32 = 3
  var metadata: [(String, Value)] = []
  var tensors: [Tensor] = []
  var tensorCount: UInt64?
  var valueCount: UInt64?
  var dataBytes = 0

  var data: Data {
    var data = Data(magic.utf8)
    append(version, &data)
    append(tensorCount ?? UInt64(tensors.count), &data)
    append(valueCount ?? UInt64(metadata.count), &data)
    for (key, value) in metadata {
      append(key, &data)
      append(code(value), &data)
      append(value, &data)
    }
    for tensor in tensors {
      append(tensor.name, &data)
      append(UInt32(tensor.shape.count), &data)
      for size in tensor.shape { append(size, &data) }
      append(tensor.type, &data)
      append(tensor.offset, &data)
    }
    data.append(Data(count: (32 - data.count % 32) % 32))
    return data + Data(count: dataBytes)
  }

  private func append(_ value: some FixedWidthInteger, _ data: inout Data) {
    withUnsafeBytes(of: value.littleEndian) { data.append(contentsOf: $0) }
  }

  private func append(_ text: String, _ data: inout Data) {
    append(UInt64(text.utf8.count), &data)
    data.append(contentsOf: text.utf8)
  }

  private func code(_ value: Value) -> UInt32 {
    switch value {
    case .u8: 0
    case .i8: 1
    case .u16: 2
    case .i16: 3
    case .u32: 4
    case .i32: 5
    case .f32: 6
    case .bool: 7
    case .string: 8
    case .array: 9
    case .u64: 10
    case .i64: 11
    case .f64: 12
    case .raw(let type, _): type
    }
  }

  private func append(_ value: Value, _ data: inout Data) {
    switch value {
    case .u8(let number): append(number, &data)
    case .i8(let number): append(number, &data)
    case .u16(let number): append(number, &data)
    case .i16(let number): append(number, &data)
    case .u32(let number): append(number, &data)
    case .i32(let number): append(number, &data)
    case .f32(let number): append(number.bitPattern, &data)
    case .bool(let flag): append(UInt8(flag ? 1 : 0), &data)
    case .string(let text): append(text, &data)
    case .u64(let number): append(number, &data)
    case .i64(let number): append(number, &data)
    case .f64(let number): append(number.bitPattern, &data)
    case .array(let values):
      append(values.first.map(code) ?? 4, &data)
      append(UInt64(values.count), &data)
      for value in values { append(value, &data) }
    case .raw(_, let bytes): data.append(bytes)
    }
  }
}
