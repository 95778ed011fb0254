import Foundation

/// What a GGUF file that is written stores matrices in; vectors are always F32.
public enum GGUFType: String, Sendable, CaseIterable {
  case f32, f16, bf16
  case q80 = "q8_0"

  var elementType: ElementType {
    switch self {
    case .f32: .f32
    case .f16: .f16
    case .bf16: .bf16
    case .q80: .q80
    }
  }

  /// The type's number among ggml's.
  var code: UInt32 {
    switch self {
    case .f32: 0
    case .f16: 1
    case .bf16: 30
    case .q80: 8
    }
  }

  /// `general.file_type` of a file whose matrices are of the type.
  var fileType: UInt32 {
    switch self {
    case .f32: 0
    case .f16: 1
    case .bf16: 32
    case .q80: 7
    }
  }
}

/// Writes a GGUF file of version 3; equal content gives equal bytes.
struct GGUFWriter {
  enum Value {
    case u32(Int)
    case f32(Float)
    case bool(Bool)
    case string(String)
    case strings([String])
    case i32s([Int32])
    case f32s([Float])
  }

  struct Tensor {
    let name: String
    /// Outermost first.
    let shape: [Int]
    let type: GGUFType
    let values: Floats
    /// The model's row of each row of the file; nil where they are the same.
    var rows: [Int]?

    var byteCount: Int {
      guard let count = StoredTensor.byteCount(shape, type.elementType) else {
        preconditionFailure("\(name) of shape \(shape) as \(type.rawValue)")
      }
      return count
    }
  }

  private static let alignment = 32

  let metadata: [(key: String, value: Value)]
  let tensors: [Tensor]

  var data: Data {
    var header = Data("GGUF".utf8)
    Self.append(UInt32(3), &header)
    Self.append(UInt64(tensors.count), &header)
    Self.append(UInt64(metadata.count), &header)
    for (key, value) in metadata { Self.append(key, value, &header) }
    var offset = 0
    for tensor in tensors {
      Self.append(tensor.name, &header)
      Self.append(UInt32(tensor.shape.count), &header)
      for size in tensor.shape.reversed() { Self.append(UInt64(size), &header) }
      Self.append(tensor.type.code, &header)
      Self.append(UInt64(offset), &header)
      offset += Self.aligned(tensor.byteCount)
    }
    let start = Self.aligned(header.count)
    var data = header + Data(count: start - header.count + offset)
    var bytes = data.mutableBytes
    var position = start
    for tensor in tensors {
      Self.store(tensor, to: &bytes, at: position)
      position += Self.aligned(tensor.byteCount)
    }
    return data
  }

  private static func aligned(_ count: Int) -> Int {
    (count + alignment - 1) / alignment * alignment
  }

  private static func store(_ tensor: Tensor, to bytes: inout MutableRawSpan, at start: Int) {
    guard let rows = tensor.rows, let width = tensor.shape.last else {
      quantize(tensor.values, as: tensor.type, to: &bytes, at: start)
      return
    }
    let rowBytes = tensor.byteCount / rows.count
    for (place, row) in rows.enumerated() {
      quantize(
        tensor.values.row(row, width: width), as: tensor.type, to: &bytes,
        at: start + place * rowBytes)
    }
  }

  private static func append(_ value: some FixedWidthInteger, _ data: inout Data) {
    withUnsafeBytes(of: value.littleEndian) { data.append(contentsOf: $0) }
  }

  private static func append(_ text: String, _ data: inout Data) {
    append(UInt64(text.utf8.count), &data)
    data.append(contentsOf: text.utf8)
  }

  private static func append(_ key: String, _ value: Value, _ data: inout Data) {
    append(key, &data)
    switch value {
    case .u32(let number):
      append(UInt32(4), &data)
      append(UInt32(number), &data)
    case .f32(let number):
      append(UInt32(6), &data)
      append(number.bitPattern, &data)
    case .bool(let flag):
      append(UInt32(7), &data)
      append(UInt8(flag ? 1 : 0), &data)
    case .string(let text):
      append(UInt32(8), &data)
      append(text, &data)
    case .strings(let texts):
      list(8, texts.count, &data)
      for text in texts { append(text, &data) }
    case .i32s(let numbers):
      list(5, numbers.count, &data)
      for number in numbers { append(number, &data) }
    case .f32s(let numbers):
      list(6, numbers.count, &data)
      for number in numbers { append(number.bitPattern, &data) }
    }
  }

  private static func list(_ type: UInt32, _ count: Int, _ data: inout Data) {
    append(UInt32(9), &data)
    append(type, &data)
    append(UInt64(count), &data)
  }
}
