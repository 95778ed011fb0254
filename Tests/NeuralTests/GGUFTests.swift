import Foundation
import Testing
import Text

@testable import Neural

@Suite("GGUF files")
struct GGUFTests {
  private func read(_ builder: GGUFBuilder) throws -> GGUF {
    try GGUF(builder.data, name: "m.gguf")
  }

  @Test("metadata of every type and nested arrays are read", arguments: [UInt32(2), 3])
  func metadata(version: UInt32) throws {
    let file = try read(
      GGUFBuilder(
        version: version,
        metadata: [
          ("a", .u8(200)), ("b", .i8(-100)), ("c", .u16(60_000)), ("d", .i16(-30_000)),
          ("e", .u32(4_000_000_000)), ("f", .i32(-2_000_000_000)), ("g", .f32(1e-5)),
          ("h", .bool(true)), ("i", .string("Ġé")), ("j", .u64(1 << 60)), ("k", .i64(-1)),
          ("l", .f64(0.1)), ("m", .array([.array([.string("x")]), .array([])])),
        ]))
    let value = file.metadata
    #expect(
      ["a", "b", "c", "d", "e", "f", "j", "k"].map { value[$0]?.int } == [
        200, -100, 60_000, -30_000, 4_000_000_000, -2_000_000_000, 1 << 60, -1,
      ])
    #expect(value["g"]?.double == 1e-5)
    #expect(value["l"]?.double == 0.1)
    #expect(value["i"]?.string == "Ġé")
    #expect(value["m"]?.array?.first?.array?.first?.string == "x")
    #expect(value["m"]?.array?.last?.array?.isEmpty == true)
    #expect(value["i"]?.int == nil)
  }

  @Test("tensors lie where the header says, outermost dimension first")
  func tensors() throws {
    let file = try read(
      GGUFBuilder(
        tensors: [
          .init(name: "b", shape: [32, 2], type: 8, offset: 64),
          .init(name: "a", shape: [3], type: 0),
        ], dataBytes: 64 + 68))
    #expect(file.tensors.map { $0.name } == ["b", "a"])
    #expect(file.tensors.map { $0.shape } == [[2, 32], [3]])
    #expect(file.tensors.map { $0.type } == [.q80, .f32])
    let start = file.tensors[1].bytes.lowerBound
    #expect(start % 32 == 0)
    #expect(file.tensors[0].bytes == start + 64..<start + 132)
  }

  @Test("a header that lies is an error that says how")
  func lies() {
    let tensor = GGUFBuilder.Tensor(name: "w", shape: [8], type: 0)
    let cases: [(GGUFBuilder, String)] = [
      (GGUFBuilder(magic: "GGML"), "it does not begin with GGUF"),
      (GGUFBuilder(tensorCount: .max), "it claims 18446744073709551615 tensors"),
      (GGUFBuilder(valueCount: 1 << 40), "it claims 1099511627776 metadata values"),
      (GGUFBuilder(metadata: [("k", .raw(13, Data()))]), "'k' has the unknown type 13"),
      (
        GGUFBuilder(metadata: [("k", .raw(8, Data([255, 255, 255, 255, 255, 255, 255, 127])))]),
        "it claims 9223372036854775807 bytes of 'k'"
      ),
      (
        GGUFBuilder(
          metadata: [("k", .raw(9, Data([8, 0, 0, 0] + [UInt8](repeating: 255, count: 8))))]),
        "elements of 'k', which do not fit its size"
      ),
      (
        GGUFBuilder(metadata: [("k", .u8(1)), ("k", .u8(2))]), "the metadata key 'k' appears twice"
      ),
      (
        GGUFBuilder(metadata: [("k", .array([.array([.array([.array([.array([.u8(1)])])])])]))]),
        "the arrays of 'k' are nested too deep"
      ),
      (
        GGUFBuilder(metadata: [("general.alignment", .u32(0))]),
        "general.alignment 0 is not a power of two"
      ),
      (GGUFBuilder(tensors: [tensor], dataBytes: 16), "the data of 'w' ends after the file"),
      (GGUFBuilder(tensors: [tensor, tensor], dataBytes: 64), "the tensor 'w' appears twice"),
      (
        GGUFBuilder(
          tensors: [tensor, .init(name: "v", shape: [8], type: 0)], dataBytes: 64),
        "the tensors 'w' and 'v' overlap"
      ),
      (
        GGUFBuilder(tensors: [.init(name: "w", shape: [8], type: 0, offset: 4)], dataBytes: 64),
        "'w' is not aligned to 32 bytes"
      ),
      (
        GGUFBuilder(
          tensors: [.init(name: "w", shape: [8], type: 0, offset: .max - 31)], dataBytes: 64),
        "the data of 'w' ends after the file"
      ),
      (
        GGUFBuilder(tensors: [.init(name: "w", shape: [1 << 62, 8], type: 0)], dataBytes: 64),
        "'w' has an impossible shape"
      ),
      (
        GGUFBuilder(tensors: [.init(name: "w", shape: [16, 4], type: 8)], dataBytes: 640),
        "'w' has an impossible shape"
      ),
      (
        GGUFBuilder(tensors: [.init(name: "w", shape: [.max], type: 0)], dataBytes: 64),
        "'w' claims a dimension of 18446744073709551615"
      ),
      (
        GGUFBuilder(tensors: [.init(name: "w", shape: [1, 1, 1, 1, 1], type: 0)], dataBytes: 64),
        "'w' claims 5 dimensions"
      ),
    ]
    for (builder, message) in cases {
      let error = #expect(throws: ModelError.self, "\(message)") { try read(builder) }
      #expect(error?.code == .brokenFile)
      #expect(error?.message.hasPrefix("m.gguf: ") == true)
      #expect(error?.message.contains(message) == true, "\(error?.message ?? "") / \(message)")
    }
  }

  @Test("other versions and kinds of quantisation are named")
  func unsupported() {
    expectError(
      .unsupported,
      "m.gguf: version 1 of GGUF is not supported; little-endian versions 2 and 3 are"
    ) { _ = try read(GGUFBuilder(version: 1)) }
    expectError(
      .unsupported,
      "m.gguf: a big-endian file of GGUF is not supported; little-endian versions 2 and 3 are"
    ) { _ = try read(GGUFBuilder(version: UInt32(3).byteSwapped)) }
    expectError(
      .unsupported,
      "m.gguf: 'w' has the GGUF type 16; F32, F16, BF16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q2_K, Q3_K, "
        + "Q4_K, Q5_K, Q6_K can be read, so take the model in one of these"
    ) {
      _ = try read(
        GGUFBuilder(tensors: [.init(name: "w", shape: [256], type: 16)], dataBytes: 144))
    }
  }

  @Test("a file that ends early is an error wherever it ends")
  func truncation() throws {
    let data = try TextFixture.data("tiny-llama.gguf")
    // Less than the padding behind the last tensor is missed by nobody.
    for count in stride(from: 0, to: data.count - 32, by: 97) {
      let error = #expect(throws: ModelError.self) {
        try GGUF(data.prefix(count), name: "m.gguf")
      }
      #expect(error?.code == .brokenFile)
    }
  }
}
