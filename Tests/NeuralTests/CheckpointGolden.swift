import Foundation

@testable import Neural

/// Tests/Fixtures/text/checkpoints.json.
struct CheckpointGolden: Decodable {
  struct Blocks: Decodable {
    let bytes: Data
    let count: Int
    let f32: Data
    /// Numbers and what gguf's quantiser makes of them, for the types that are written.
    let values: Data?
    let quantized: Data?
  }

  struct TensorFacts: Decodable {
    let shape: [Int]
    let fnv: String
  }

  struct BlockSet: Decodable {
    let kinds: [String: Blocks]
    let halfChecksum: String

    private struct Key: CodingKey {
      let stringValue: String
      let intValue: Int? = nil
      init(stringValue: String) { self.stringValue = stringValue }
      init?(intValue: Int) { nil }
    }

    init(from decoder: any Swift.Decoder) throws {
      let container = try decoder.container(keyedBy: Key.self)
      halfChecksum = try container.decode(String.self, forKey: Key(stringValue: "half_checksum"))
      kinds = try container.allKeys.filter { $0.stringValue != "half_checksum" }.reduce(into: [:]) {
        $0[$1.stringValue] = try container.decode(Blocks.self, forKey: $1)
      }
    }
  }

  let blocks: BlockSet
  /// By kind of checkpoint (`tiny-KIND`): the tensors of the GGUF file, ids of texts, the tensors of
  /// the folder.
  let models: [String: [String: TensorFacts]]
  let ids: [String: [String: [Int32]]]
  let folders: [String: [String: TensorFacts]]

  static let kinds = ["llama", "qwen2", "llama3", "qwen3"]

  static func load() throws -> CheckpointGolden {
    try TextFixture.decode("checkpoints.json", as: CheckpointGolden.self)
  }
}

/// FNV-1a of the bytes of numbers, as a hexadecimal number.
func fnv(_ values: [Float]) -> String {
  var hash: UInt64 = 0xCBF2_9CE4_8422_2325
  for value in values {
    for shift in stride(from: 0, to: 32, by: 8) {
      hash = (hash ^ UInt64(value.bitPattern >> UInt32(shift) & 0xFF)) &* 0x100_0000_01B3
    }
  }
  let text = String(hash, radix: 16)
  return String(repeating: "0", count: 16 - text.count) + text
}
