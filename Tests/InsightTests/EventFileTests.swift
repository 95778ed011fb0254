import Foundation
import TestSupport
import Testing

@testable import Insight

/// The files were also read with TensorBoard 2.21's own reader; here it is the format's definition.
@Suite("TensorBoard event files")
struct EventFileTests {
  @Test("CRC-32C has the values of RFC 3720, appendix B.4")
  func checksums() {
    #expect(CRC32C.checksum(Data(repeating: 0, count: 32)) == 0x8a91_36aa)
    #expect(CRC32C.checksum(Data(repeating: 0xff, count: 32)) == 0x62a8_ab43)
    #expect(CRC32C.checksum(Data(0..<32)) == 0x46dd_794e)
    #expect(CRC32C.checksum(Data("123456789".utf8)) == 0xe306_9283)
  }

  @Test("a record is its length, the data, and a masked checksum of each")
  func records() {
    // Written by tensorboard.summary.writer.record_writer of TensorBoard 2.21.
    let expected: [UInt8] = [
      5, 0, 0, 0, 0, 0, 0, 0, 234, 178, 4, 62, 104, 101, 108, 108, 111, 187, 31, 28, 25,
    ]
    #expect(Array(EventFile.record(Data("hello".utf8))) == expected)
  }

  @Test("fields follow the encoding of protocol buffers")
  func fields() {
    var buffer = ProtocolBuffer()
    buffer.integer(2, 300)
    buffer.integer(1, -1)
    buffer.text(3, "é")
    buffer.float(2, 1.5)
    buffer.double(1, -2)
    buffer.message(7) { $0.integer(1, 1) }
    let minusOne = [UInt8](repeating: 0xff, count: 9) + [1]
    #expect(
      Array(buffer.data) == [0x10, 0xac, 2, 8] + minusOne + [0x1a, 2, 0xc3, 0xa9]
        + [0x15, 0, 0, 0xc0, 0x3f] + [9, 0, 0, 0, 0, 0, 0, 0, 0xc0] + [0x3a, 2, 8, 1])
  }

  @Test("a file holds its version, where it starts again and a step's values")
  func file() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("events.out.tfevents.1")
    let file = try EventFile(path: path) { 2 }
    try file.restart(at: 4)
    try file.add(step: 4, [(tag: "loss", value: 0.5)])
    let time: [UInt8] = [9, 0, 0, 0, 0, 0, 0, 0, 64]
    let version = time + [0x1a, 13] + Array("brain.Event:2".utf8)
    let restart = time + [0x10, 4, 0x3a, 2, 8, 1]
    let scalar: [UInt8] = [0x0a, 4] + Array("loss".utf8) + [0x15, 0, 0, 0, 0x3f]
    let values = time + [0x10, 4, 0x2a, 13, 0x0a, 11] + scalar
    let expected = [version, restart, values].map { EventFile.record(Data($0)) }.reduce(Data(), +)
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == expected)
    #expect(throws: (any Error).self) { try EventFile(path: path) { 2 } }
  }
}
