internal import CSHA256
public import Foundation

/// SHA-256 (FIPS 180-4) of bytes that may come in pieces.
public struct SHA256: ~Copyable {
  private let state: OpaquePointer

  public init() {
    guard let state = regimen_sha256_begin() else {
      preconditionFailure("libcrypto has no SHA-256")
    }
    self.state = state
  }

  /// Adds the bytes behind those before.
  public func update(_ bytes: some ContiguousBytes) {
    bytes.withUnsafeBytes { bytes in
      guard let start = bytes.baseAddress else { return }
      precondition(regimen_sha256_add(state, start, bytes.count) == 1, "libcrypto failed")
    }
  }

  /// The 32 bytes of the digest.
  public consuming func finalize() -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: 32)
    let done = regimen_sha256_end(state, &digest)
    precondition(done == 1, "libcrypto failed")
    discard self
    return digest
  }

  deinit {
    var unused = [UInt8](repeating: 0, count: 32)
    _ = regimen_sha256_end(state, &unused)
  }
}

extension SHA256 {
  /// The digest of bytes.
  public static func hash(_ bytes: some ContiguousBytes) -> [UInt8] {
    let hash = SHA256()
    hash.update(bytes)
    return hash.finalize()
  }

  /// The digest of bytes in lower-case hexadecimal.
  public static func hex(_ bytes: some ContiguousBytes) -> String { hex(digest: hash(bytes)) }

  /// A digest in lower-case hexadecimal.
  public static func hex(digest: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(
      decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}
