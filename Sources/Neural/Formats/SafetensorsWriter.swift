import Foundation

/// How weights are exported.
public enum ExportType: String, Sendable, CaseIterable {
  case f32, bf16

  var stored: GGUFType { self == .f32 ? .f32 : .bf16 }

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
    let size = type.stored.elementType.blockBytes
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
        quantize(tensor.values, as: type.stored, to: &bytes, at: position)
        position += tensor.values.count * size
      }
    }
  }

  private static func entry(_ shape: [Int], _ type: ExportType, _ start: Int, _ end: Int) -> JSON {
    .object([
      ("dtype", .string(type.stored.elementType.rawValue)),
      ("shape", .array(shape.map { .int($0) })),
      ("data_offsets", .array([.int(start), .int(end)])),
    ])
  }
}
