import Foundation
import JSON
import Text

/// Reads a safetensors file: eight bytes of header length, a JSON header, the tensors' bytes.
///
/// As strict as the reference reader: sizes are checked before anything is allocated, and the
/// tensors must cover the data without holes or overlap. Values may be F32, F16 or BF16.
struct Safetensors {
  let name: String
  let data: Data
  /// In order of their bytes.
  let tensors: [StoredTensor]
  let metadata: [String: String]

  private static let largestHeader = 100_000_000

  /// Reads the header of `data`; `name` begins the messages.
  init(_ data: Data, name: String) throws {
    self.name = name
    self.data = data
    guard data.count >= 8 else {
      throw Self.broken(name, "it is truncated: \(data.count) bytes are too few for a header")
    }
    let announced = data.bytes.word64(0)
    guard announced <= Self.largestHeader, Int(announced) <= data.count - 8 else {
      throw Self.broken(
        name,
        "its header claims \(announced) bytes, the file has \(data.count - 8) after the "
          + "length; it is truncated or not a safetensors file")
    }
    let start = 8 + Int(announced)
    let headerStart = data.startIndex + 8
    let header = try JSONParser.parse(
      data[headerStart..<data.startIndex + start], name: "\(name) (header)")
    guard let members = header.object else {
      throw Self.broken(
        name,
        "its header is not an object")
    }
    metadata = try Self.metadata(header["__metadata__"], name)
    let found = try members.filter { $0.key != "__metadata__" }.map { key, value in
      try Self.tensor(key, value, base: start, size: data.count, name)
    }
    tensors = found.sorted {
      ($0.bytes.lowerBound, $0.bytes.upperBound) < ($1.bytes.lowerBound, $1.bytes.upperBound)
    }
    try checkCoverage(from: start)
  }

  private static func metadata(_ value: JSONValue?, _ name: String) throws -> [String: String] {
    guard let value else { return [:] }
    guard let members = value.object else { throw broken(name, "__metadata__ is not an object") }
    return try members.reduce(into: [:]) { result, member in
      guard let text = member.value.string else {
        throw broken(name, "__metadata__ '\(member.key)' is not a string")
      }
      result[member.key] = text
    }
  }

  private static func tensor(
    _ key: String, _ value: JSONValue, base: Int, size: Int, _ name: String
  ) throws -> StoredTensor {
    let shape = (value["shape"]?.array ?? []).compactMap { $0.int }
    let offsets = (value["data_offsets"]?.array ?? []).compactMap { $0.int }
    guard let dtype = value["dtype"]?.string, offsets.count == 2,
      shape.count == value["shape"]?.array?.count
    else { throw broken(name, "the entry of '\(key)' lacks dtype, shape or data_offsets") }
    guard let type = ElementType(rawValue: dtype), type.blockElements == 1 else {
      throw ModelError(
        .unsupported,
        "\(name): '\(key)' has dtype \(dtype); F32, F16 and BF16 can be read")
    }
    guard offsets[0] >= 0, offsets[0] <= offsets[1], offsets[1] <= size - base else {
      throw broken(
        name,
        "'\(key)' claims the bytes \(offsets[0]) to \(offsets[1]) of \(size - base); "
          + "the file is truncated or its header is wrong")
    }
    guard StoredTensor.byteCount(shape, type) == offsets[1] - offsets[0] else {
      throw broken(
        name,
        "'\(key)' of shape \(shape) and dtype \(dtype) does not fill its "
          + "\(offsets[1] - offsets[0]) bytes")
    }
    return StoredTensor(
      name: key, shape: shape, type: type, bytes: base + offsets[0]..<base + offsets[1])
  }

  private func checkCoverage(from start: Int) throws {
    var position = start
    for tensor in tensors {
      guard tensor.bytes.lowerBound == position else {
        let what = tensor.bytes.lowerBound < position ? "overlaps the tensor" : "leaves a hole"
        throw Self.broken(name, "'\(tensor.name)' \(what) before it")
      }
      position = tensor.bytes.upperBound
    }
    guard position == data.count else {
      throw Self.broken(name, "\(data.count - position) bytes after the last tensor")
    }
  }

  private static func broken(_ name: String, _ text: String) -> ModelError {
    ModelError(.brokenFile, "\(name): \(text)")
  }
}
