import Foundation
import Testing

@testable import Digests

@Suite struct SHA256Tests {
  /// Examples of FIPS 180-4 and of NIST's "Descriptions of SHA-256".
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ])
  func published(text: String, digest: String) {
    #expect(SHA256.hex(Array(text.utf8)) == digest)
  }

  @Test("a million times the letter a")
  func million() {
    #expect(
      SHA256.hex([UInt8](repeating: 0x61, count: 1_000_000))
        == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }

  @Test("pieces of any size, and empty ones, give the digest of the whole")
  func pieces() {
    let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 * 31 + $0 / 7) }
    for size in [1, 3, 63, 64, 65, 999] {
      let hash = SHA256()
      hash.update([UInt8]())
      for start in stride(from: 0, to: bytes.count, by: size) {
        hash.update(Data(bytes[start..<min(start + size, bytes.count)]))
      }
      #expect(hash.finalize() == SHA256.hash(bytes))
    }
  }

  @Test("a digest that is given up is freed")
  func dropped() {
    for _ in 0..<1000 { SHA256().update([1, 2, 3]) }
  }
}
