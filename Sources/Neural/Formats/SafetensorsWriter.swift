import Foundation
import Host
import JSON

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
  /// bytes. The numbers are read when the file is written.
  ///
  /// - Parameter owner: what holds their memory.
  static func write(
    _ tensors: [(name: String, shape: [Int], values: Floats)], as type: ExportType,
    metadata: [String: String] = ["format": "pt"], of owner: AnyObject
  ) -> FileContent {
    let size = type.stored.elementType.blockBytes
    var members: [(key: String, value: JSONValue)] = []
    if !metadata.isEmpty {
      let sorted = metadata.sorted { $0.key < $1.key }
      members.append(
        ("__metadata__", .object(sorted.map { (key: $0.key, value: JSONValue.string($0.value)) })))
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
    var header = Array(JSONValue.object(members).line.utf8)
    header += [UInt8](repeating: 0x20, count: (8 - header.count % 8) % 8)
    let head = [UInt8](littleEndian: UInt64(header.count)) + header
    let memory = Kept(owner: owner)
    return FileContent(size: head.count + offset) { sink in
      try head.withUnsafeBytes(sink)
      for tensor in tensors { try send(tensor.values, as: type, to: sink) }
      withExtendedLifetime(memory) {}
    }
  }

  /// Keeps memory that is only read from.
  private struct Kept: @unchecked Sendable {
    let owner: AnyObject
  }

  private static func entry(_ shape: [Int], _ type: ExportType, _ start: Int, _ end: Int)
    -> JSONValue
  {
    .object([
      ("dtype", .string(type.stored.elementType.rawValue)),
      ("shape", .array(shape.map { .int($0) })),
      ("data_offsets", .array([.int(start), .int(end)])),
    ])
  }

  /// Floats that are stored at a time where they are not stored as they are.
  private static let stretch = 1 << 16

  private static func send(
    _ values: Floats, as type: ExportType, to sink: FileContent.Sink
  ) throws {
    guard type != .f32 else {
      return try sink(
        UnsafeRawBufferPointer(
          start: values.base, count: values.count * MemoryLayout<Float>.stride))
    }
    let width = type.stored.elementType.blockBytes
    var part = [UInt8](repeating: 0, count: min(values.count, stretch) * width)
    for first in stride(from: 0, to: values.count, by: stretch) {
      let count = min(stretch, values.count - first)
      var span = part.mutableSpan
      var bytes = span.mutableBytes
      quantize(values[first..<first + count], as: type.stored, to: &bytes, at: 0)
      try part.withUnsafeBytes {
        try sink(UnsafeRawBufferPointer(rebasing: $0[..<(count * width)]))
      }
    }
  }
}

extension [UInt8] {
  fileprivate init(littleEndian value: UInt64) {
    self = Swift.withUnsafeBytes(of: value.littleEndian) { [UInt8]($0) }
  }
}
