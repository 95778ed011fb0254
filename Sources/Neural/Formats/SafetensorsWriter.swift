import Foundation

/// How weights are exported.
public enum ExportType: String, Sendable, CaseIterable {
  case f32, bf16

  var elementType: ElementType { self == .f32 ? .f32 : .bf16 }

  /// torch's name of it.
  var torchName: String { self == .f32 ? "float32" : "bfloat16" }
}

/// Writes safetensors; equal tensors give equal bytes.
enum SafetensorsWriter {
  /// A file of `tensors` in the order given: name, shape and numbers, with a header padded to eight
  /// bytes.
  static func write(
    _ tensors: [(name: String, shape: [Int], values: Floats)], as type: ExportType,
    metadata: [String: String] = ["format": "pt"]
  ) -> Data {
    let size = type.elementType.blockBytes
    var members: [(key: String, value: JSON)] = []
    if !metadata.isEmpty {
      let sorted = metadata.sorted { $0.key < $1.key }
      members.append(
        ("__metadata__", .object(sorted.map { (key: $0.key, value: JSON.string($0.value)) })))
    }
    var offset = 0
    for tensor in tensors {
      precondition(
        tensor.shape.reduce(1, *) == tensor.values.count,
        "\(tensor.values.count) numbers in shape \(tensor.shape)")
      let end = offset + tensor.values.count * size
      members.append((tensor.name, entry(tensor.shape, type, offset, end)))
      offset = end
    }
    var header = Array(JSON.object(members).line.utf8)
    header += [UInt8](repeating: 0x20, count: (8 - header.count % 8) % 8)
    let start = 8 + header.count
    return Data.exactly(start + offset) { bytes in
      bytes.storeBytes(of: UInt64(header.count).littleEndian, toByteOffset: 0, as: UInt64.self)
      for (index, byte) in header.enumerated() {
        bytes.storeBytes(of: byte, toByteOffset: 8 + index, as: UInt8.self)
      }
      var position = start
      for tensor in tensors {
        store(tensor.values, as: type, to: &bytes, at: position)
        position += tensor.values.count * size
      }
    }
  }

  private static func entry(_ shape: [Int], _ type: ExportType, _ start: Int, _ end: Int) -> JSON {
    .object([
      ("dtype", .string(type.elementType.rawValue)), ("shape", .array(shape.map { .int($0) })),
      ("data_offsets", .array([.int(start), .int(end)])),
    ])
  }

  private static func store(
    _ values: Floats, as type: ExportType, to bytes: inout MutableRawSpan, at start: Int
  ) {
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
    case .bf16:
      for i in 0..<values.count {
        bytes.storeBytes(
          of: values[i].brain.littleEndian, toByteOffset: start + 2 * i, as: UInt16.self)
      }
    }
  }
}
