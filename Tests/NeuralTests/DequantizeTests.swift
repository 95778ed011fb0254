import Foundation
import Testing

@testable import Neural

@Suite("Stored numbers")
struct DequantizeTests {
  @Test("blocks come out as gguf's own dequantiser has them, bit for bit")
  func blocks() throws {
    let golden = try CheckpointGolden.load().blocks
    #expect(golden.kinds.count == ElementType.allCases.count)
    for (name, blocks) in golden.kinds {
      let type = try #require(ElementType(rawValue: name))
      let out = Tensor(count: blocks.count)
      dequantize(out.floats, blocks.bytes.bytes, from: 0, as: type)
      let expected = Tensor(count: blocks.count)
      dequantize(expected.floats, blocks.f32.bytes, from: 0, as: .f32)
      let bits = { (floats: Floats) in floats.array.map { $0.bitPattern } }
      #expect(bits(out.floats) == bits(expected.floats), "\(name)")
    }
  }

  @Test("every half-precision number has numpy's value")
  func halves() throws {
    let values = (0...UInt16.max).map { Float(half: $0) }
    #expect(fnv(values.filter { $0.isFinite }) == (try CheckpointGolden.load().blocks.halfChecksum))
    #expect(Float(half: 0x7C00) == .infinity)
    #expect(Float(half: 0xFC00) == -.infinity)
    #expect(Float(half: 0x7C01).isNaN)
    #expect(Float(half: 0x8000).sign == .minus)
  }

  @Test("bfloat16 is the nearest, ties to even, and what it stands for is exact")
  func brains() {
    for bits in 0...UInt16.max where !Float(brain: bits).isNaN {
      #expect(Float(brain: bits).brain == bits)
    }
    // Half way between 0x3F80 and 0x3F81, between 0x3F81 and 0x3F82, and a little beyond.
    #expect(Float(bitPattern: 0x3F80_8000).brain == 0x3F80)
    #expect(Float(bitPattern: 0x3F81_8000).brain == 0x3F82)
    #expect(Float(bitPattern: 0x3F80_8001).brain == 0x3F81)
    #expect(Float.greatestFiniteMagnitude.brain == 0x7F80)
    #expect(Float(brain: Float(bitPattern: 0x7F80_0001).brain).isNaN)
  }

  @Test("what is written is what gguf's own quantiser makes, byte for byte")
  func quantizing() throws {
    let golden = try CheckpointGolden.load().blocks.kinds
    for type in GGUFType.allCases where type != .f32 {
      let blocks = try #require(golden[type.elementType.rawValue])
      let (values, expected) = (try #require(blocks.values), try #require(blocks.quantized))
      let source = Tensor(count: values.count / 4)
      dequantize(source.floats, values.bytes, from: 0, as: .f32)
      var data = Data(count: expected.count + 3)
      var bytes = data.mutableBytes
      quantize(source.floats, as: type, to: &bytes, at: 3)
      #expect(Array(data.dropFirst(3)) == Array(expected), "\(type)")
    }
  }

  @Test("half precision: every number goes both ways, and the nearest is taken, ties to even")
  func toHalves() {
    for bits in 0...UInt16.max where !Float(half: bits).isNaN {
      #expect(Float(half: bits).half == bits)
    }
    #expect(Float(half: Float.nan.half).isNaN)
    #expect(Float(65519.99).half == 0x7BFF)
    #expect(Float(65520).half == 0x7C00)
    #expect(Float(-1e30).half == 0xFC00)
    // Half way between neighbours, among subnormals and among normal numbers.
    #expect(Float(0x1p-25).half == 0)
    #expect(Float(0x3p-25).half == 2)
    #expect(Float(0x1.002p0).half == 0x3C00)
    #expect(Float(0x1.006p0).half == 0x3C02)
  }

  @Test("block sizes: whole blocks only, and no overflow")
  func sizes() {
    #expect(ElementType.q41.bytes(64) == 40)
    #expect(ElementType.q41.bytes(33) == nil)
    #expect(ElementType.f32.bytes(.max) == nil)
    #expect(StoredTensor.byteCount([1 << 32, 1 << 32], .f32) == nil)
    #expect(StoredTensor.byteCount([-1, 4], .f32) == nil)
    // Rows of half a block do not share one.
    #expect(StoredTensor.byteCount([2, 16], .q80) == nil)
    #expect(StoredTensor.byteCount([], .f32) == 4)
    #expect(StoredTensor.byteCount([0, 7], .f32) == 0)
  }
}
