import Foundation
import Testing
import Text

@testable import Neural

@Suite("Safetensors")
struct SafetensorsTests {
  /// A file of this header and these bytes.
  private func file(_ header: String, bytes: Int, length: UInt64? = nil) -> Data {
    let announced = length ?? UInt64(header.utf8.count)
    let prefix = withUnsafeBytes(of: announced.littleEndian) { Data($0) }
    return prefix + Data(header.utf8) + Data(count: bytes)
  }

  private func entry(_ dtype: String, _ shape: String, _ start: Int, _ end: Int) -> String {
    #"{"dtype":"\#(dtype)","shape":\#(shape),"data_offsets":[\#(start),\#(end)]}"#
  }

  @Test("what was written is read: names, shapes, numbers, metadata")
  func roundTrip() throws {
    let a = Tensor([1, -2, 0.1, .infinity, 5, 6])
    let b = Tensor([7])
    let data = try SafetensorsWriter.data(
      [("b/é", [2, 3], a.floats), ("a", [], b.floats)], as: .f32, metadata: ["format": "pt"])
    let read = try Safetensors(data, name: "f")
    #expect(read.metadata == ["format": "pt"])
    #expect(read.tensors.map { $0.name } == ["b/é", "a"])
    #expect(read.tensors.map { $0.shape } == [[2, 3], []])
    let out = Tensor(count: 6)
    read.tensors[0].read(out.floats, from: data)
    #expect(out.floats.array == a.floats.array)
    #expect(read.tensors.allSatisfy { $0.bytes.lowerBound % 4 == 0 })
  }

  @Test("bfloat16 rounds once: reading and writing again changes nothing")
  func brain() throws {
    let values = Tensor(normals(500, 1))
    let once = try SafetensorsWriter.data([("x", [500], values.floats)], as: .bf16)
    let back = Tensor(count: 500)
    try Safetensors(once, name: "f").tensors[0].read(back.floats, from: once)
    #expect(back.floats.array == values.floats.array.map { Float(brain: $0.brain) })
    #expect(try SafetensorsWriter.data([("x", [500], back.floats)], as: .bf16) == once)
  }

  @Test("the bytes are the reference writer's for the same tensors")
  func layout() throws {
    let values = Tensor([1, 2])
    let data = try SafetensorsWriter.data([("w", [1, 2], values.floats)], as: .f32, metadata: [:])
    let header = #"{"w":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}"#
    let padding = String(repeating: " ", count: (8 - header.utf8.count % 8) % 8)
    var expected = file(header + padding, bytes: 0)
    for value in [Float(1), 2] {
      withUnsafeBytes(of: value.bitPattern.littleEndian) { expected.append(contentsOf: $0) }
    }
    #expect(data == expected)
  }

  @Test("a header that lies about sizes is an error that says how")
  func lies() {
    let good = entry("F32", "[2]", 0, 8)
    let cases: [(Data, String)] = [
      (Data([1, 2, 3]), "it is truncated: 3 bytes are too few for a header"),
      (
        file("{}", bytes: 0, length: 3),
        "its header claims 3 bytes, the file has 2 after the length; it is truncated or not a "
          + "safetensors file"
      ),
      (
        file("{}", bytes: 0, length: .max),
        "its header claims 18446744073709551615 bytes, the file has 2 after the length; it is "
          + "truncated or not a safetensors file"
      ),
      (file("[]", bytes: 0), "its header is not an object"),
      (file(#"{"w":\#(good)}"#, bytes: 9), "1 bytes after the last tensor"),
      (
        file(#"{"w":\#(good)}"#, bytes: 7),
        "'w' claims the bytes 0 to 8 of 7; the file is truncated or its header is wrong"
      ),
      (
        file(#"{"w":\#(entry("F32", "[3]", 0, 8))}"#, bytes: 8),
        "'w' of shape [3] and dtype F32 does not fill its 8 bytes"
      ),
      (
        file(#"{"w":\#(entry("F32", "[4294967296,4294967296]", 0, 8))}"#, bytes: 8),
        "'w' of shape [4294967296, 4294967296] and dtype F32 does not fill its 8 bytes"
      ),
      (
        file(#"{"w":\#(entry("F32", "[-2]", 0, 8))}"#, bytes: 8),
        "'w' of shape [-2] and dtype F32 does not fill its 8 bytes"
      ),
      (
        file(#"{"v":\#(good),"w":\#(entry("F32", "[2]", 4, 12))}"#, bytes: 12),
        "'w' overlaps the tensor before it"
      ),
      (
        file(#"{"v":\#(good),"w":\#(entry("F32", "[1]", 12, 16))}"#, bytes: 16),
        "'w' leaves a hole before it"
      ),
      (
        file(#"{"w":{"dtype":"F32","shape":[2]}}"#, bytes: 8),
        "the entry of 'w' lacks dtype, shape or data_offsets"
      ),
    ]
    for (data, message) in cases {
      expectError(.brokenFile, "m.safetensors: \(message)") {
        _ = try Safetensors(data, name: "m.safetensors")
      }
    }
  }

  @Test("a tensor that is listed twice is an error")
  func duplicate() {
    let header = #"{"w":\#(entry("F32", "[1]", 0, 4)),"w":\#(entry("F32", "[1]", 4, 8))}"#
    let error = #expect(throws: ModelError.self) {
      try Safetensors(file(header, bytes: 8), name: "m")
    }
    #expect(error?.message.contains("the key 'w' twice") == true)
  }

  @Test("another dtype is an error that names the tensor", arguments: ["I64", "F64", "Q8_0", "F8"])
  func dtypes(dtype: String) {
    expectError(
      .unsupported, "m: 'w' has dtype \(dtype); F32, F16 and BF16 can be read"
    ) {
      _ = try Safetensors(file(#"{"w":\#(entry(dtype, "[1]", 0, 8))}"#, bytes: 8), name: "m")
    }
  }
}
