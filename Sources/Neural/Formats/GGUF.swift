import Foundation
import Text

/// A value of a GGUF file's metadata.
enum GGUFValue: Sendable {
  case unsigned(UInt64)
  case signed(Int64)
  case float(Double)
  case bool(Bool)
  case string(String)
  case array([GGUFValue])

  var int: Int? {
    switch self {
    case .unsigned(let value): Int(exactly: value)
    case .signed(let value): Int(exactly: value)
    default: nil
    }
  }

  var double: Double? {
    switch self {
    case .float(let value): value
    case .unsigned(let value): Double(value)
    case .signed(let value): Double(value)
    default: nil
    }
  }

  var string: String? { if case .string(let text) = self { text } else { nil } }
  var flag: Bool? { if case .bool(let value) = self { value } else { nil } }
  var array: [GGUFValue]? { if case .array(let values) = self { values } else { nil } }
}

/// Reads the header of a GGUF file of version 2 or 3: metadata and where the tensors are.
struct GGUF {
  let name: String
  let data: Data
  let metadata: [String: GGUFValue]
  /// Under GGUF's names, in the file's order, with the outermost dimension first.
  let tensors: [StoredTensor]

  /// Reads the header of `data`; `name` begins the messages.
  init(_ data: Data, name: String) throws {
    self.name = name
    self.data = data
    var reader = ByteReader(data, name: name)
    try Self.checkMagic(&reader, name)
    let tensorCount = try reader.count(of: "tensors", bytes: 24)
    let valueCount = try reader.count(of: "metadata values", bytes: 13)
    metadata = try Self.metadata(&reader, valueCount)
    let headers = try (0..<tensorCount).map { _ in try Self.tensorHeader(&reader, name) }
    let alignment = metadata["general.alignment"]?.int ?? 32
    guard alignment > 0, alignment <= 1 << 20, alignment & (alignment - 1) == 0 else {
      throw reader.broken("general.alignment \(alignment) is not a power of two")
    }
    try reader.align(alignment)
    tensors = try Self.place(headers, reader, alignment)
  }

  private static func checkMagic(_ reader: inout ByteReader, _ name: String) throws {
    guard try reader.u32("the magic number") == 0x4655_4747 else {
      throw ModelError(
        .brokenFile,
        "\(name): it does not begin with GGUF; give a GGUF file, or the folder that a Hugging Face "
          + "model lies in")
    }
    let version = try reader.u32("the version")
    guard version == 2 || version == 3 else {
      let what = version.byteSwapped < 16 ? "a big-endian file" : "version \(version)"
      throw ModelError(
        .unsupported,
        "\(name): \(what) of GGUF is not supported; little-endian versions 2 and 3 are")
    }
  }

  private static func metadata(
    _ reader: inout ByteReader, _ count: Int
  ) throws -> [String: GGUFValue] {
    var values: [String: GGUFValue] = [:]
    for _ in 0..<count {
      let key = try reader.string("a metadata key")
      let type = try reader.u32("the type of '\(key)'")
      let value = try value(&reader, type, key, depth: 0)
      guard values.updateValue(value, forKey: key) == nil else {
        throw reader.broken("the metadata key '\(key)' appears twice")
      }
    }
    return values
  }

  private static func value(
    _ reader: inout ByteReader, _ type: UInt32, _ key: String, depth: Int
  ) throws -> GGUFValue {
    switch type {
    case 0: return .unsigned(UInt64(try reader.u8(key)))
    case 1: return .signed(Int64(Int8(bitPattern: try reader.u8(key))))
    case 2: return .unsigned(UInt64(try reader.u16(key)))
    case 3: return .signed(Int64(Int16(bitPattern: try reader.u16(key))))
    case 4: return .unsigned(UInt64(try reader.u32(key)))
    case 5: return .signed(Int64(Int32(bitPattern: try reader.u32(key))))
    case 6: return .float(Self.shortest(Float(bitPattern: try reader.u32(key))))
    case 7: return .bool(try reader.u8(key) != 0)
    case 8: return .string(try reader.string("'\(key)'"))
    case 9: return .array(try array(&reader, key, depth: depth))
    case 10: return .unsigned(try reader.u64(key))
    case 11: return .signed(Int64(bitPattern: try reader.u64(key)))
    case 12: return .float(Double(bitPattern: try reader.u64(key)))
    default: throw reader.broken("'\(key)' has the unknown type \(type)")
    }
  }

  private static func array(
    _ reader: inout ByteReader, _ key: String, depth: Int
  ) throws -> [GGUFValue] {
    guard depth < 4 else { throw reader.broken("the arrays of '\(key)' are nested too deep") }
    let type = try reader.u32("the element type of '\(key)'")
    let smallest: [UInt32: Int] = [2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 8: 8, 9: 12, 10: 8, 11: 8, 12: 8]
    let count = try reader.count(of: "elements of '\(key)'", bytes: smallest[type] ?? 1)
    guard count <= largestArray else {
      throw reader.broken("'\(key)' claims \(count) elements, more than any vocabulary has")
    }
    return try (0..<count).map { _ in try value(&reader, type, key, depth: depth + 1) }
  }

  private static let largestArray = 1 << 22

  /// 1e-05 for the float nearest to it, so that a written config reads as the original did; as a
  /// float it is the same number.
  private static func shortest(_ value: Float) -> Double { Double("\(value)") ?? Double(value) }
}

// Tensors.
extension GGUF {
  private struct Header {
    let name: String
    let shape: [Int]
    let type: ElementType
    let offset: UInt64
  }

  private static func tensorHeader(_ reader: inout ByteReader, _ name: String) throws -> Header {
    let tensor = try reader.string("a tensor's name")
    let rank = try reader.u32("the rank of '\(tensor)'")
    guard rank <= 4 else { throw reader.broken("'\(tensor)' claims \(rank) dimensions") }
    let sizes = try (0..<rank).map { _ in try reader.u64("the shape of '\(tensor)'") }
    let shape = try sizes.reversed().map { size in
      guard let size = Int(exactly: size) else {
        throw reader.broken("'\(tensor)' claims a dimension of \(size)")
      }
      return size
    }
    let code = try reader.u32("the type of '\(tensor)'")
    guard let type = types[code] else {
      throw ModelError(
        .unsupported,
        "\(name): '\(tensor)' has the GGUF type \(code); \(readable) can be read, so take the model in "
          + "one of these")
    }
    let offset = try reader.u64("the offset of '\(tensor)'")
    return Header(name: tensor, shape: shape, type: type, offset: offset)
  }

  private static let types: [UInt32: ElementType] = [
    0: .f32, 1: .f16, 2: .q40, 3: .q41, 6: .q50, 7: .q51, 8: .q80, 10: .q2K, 11: .q3K, 12: .q4K,
    13: .q5K, 14: .q6K, 30: .bf16,
  ]

  private static let readable = ElementType.allCases.map(\.rawValue).joined(separator: ", ")

  private static func place(
    _ headers: [Header], _ reader: ByteReader, _ alignment: Int
  ) throws -> [StoredTensor] {
    var seen: Set<String> = []
    let tensors = try headers.map { header in
      guard seen.insert(header.name).inserted else {
        throw reader.broken("the tensor '\(header.name)' appears twice")
      }
      guard let size = StoredTensor.byteCount(header.shape, header.type) else {
        throw reader.broken("'\(header.name)' has an impossible shape: \(header.shape)")
      }
      guard header.offset % UInt64(alignment) == 0 else {
        throw reader.broken("'\(header.name)' is not aligned to \(alignment) bytes")
      }
      guard header.offset <= UInt64(reader.remaining),
        size <= reader.remaining - Int(header.offset)
      else {
        throw reader.broken(
          "the data of '\(header.name)' ends after the file; it is truncated or its header is "
            + "wrong")
      }
      let start = reader.position + Int(header.offset)
      return StoredTensor(
        name: header.name, shape: header.shape, type: header.type, bytes: start..<start + size)
    }
    try checkOverlap(tensors, reader)
    return tensors
  }

  private static func checkOverlap(_ tensors: [StoredTensor], _ reader: ByteReader) throws {
    let sorted = tensors.filter { !$0.bytes.isEmpty }.sorted {
      $0.bytes.lowerBound < $1.bytes.lowerBound
    }
    for (first, second) in zip(sorted, sorted.dropFirst())
    where second.bytes.lowerBound < first.bytes.upperBound {
      throw reader.broken("the tensors '\(first.name)' and '\(second.name)' overlap")
    }
  }
}
