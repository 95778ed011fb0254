import Digests
import Foundation
import Host

/// A file that is written once; unless it is kept, it goes with this value.
final class NewFile {
  let path: String
  /// SHA-256 of the content.
  let digest: String
  let size: Int
  private let descriptor: Int32
  private let faults: FaultHook
  private var isKept = false

  /// Bytes that are hashed and written together, while they are in the cache.
  private static let blockLength = 1 << 20

  /// Makes a file that must not exist, and writes what is to be in it.
  init(_ content: FileContent, at path: String, faults: FaultHook) throws {
    do {
      let descriptor = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
      guard descriptor >= 0 else { throw FileCallError(number: errno) }
      do {
        try faults.reach(.objectWrite)
        (digest, size) = try Self.write(content, to: descriptor)
      } catch {
        // The error that matters is the first; a file left here is swept at the next start.
        close(descriptor)
        unlink(path)
        throw error
      }
      self.descriptor = descriptor
    } catch { throw StorageError.file("write", path, error) }
    self.path = path
    self.faults = faults
  }

  deinit {
    close(descriptor)
    if !isKept { unlink(path) }
  }

  private static func write(
    _ content: FileContent, to descriptor: Int32
  ) throws -> (digest: String, size: Int) {
    let hash = SHA256()
    var size = 0
    try content.write { bytes in
      for start in stride(from: 0, to: bytes.count, by: blockLength) {
        let end = min(start + blockLength, bytes.count)
        let block = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
        hash.update(block)
        try write(block, to: descriptor)
      }
      size += bytes.count
    }
    precondition(size == content.size, "\(size) bytes of a file of \(content.size)")
    return (SHA256.hex(digest: hash.finalize()), size)
  }

  /// Writes all bytes, however little the system takes at a time.
  private static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = Foundation.write(
        descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      if count < 0 {
        if errno == EINTR { continue }
        throw FileCallError(number: errno)
      }
      rest = rest.dropFirst(count)
    }
  }

  /// Makes it read-only and syncs it, and leaves it where it is.
  func keep() throws {
    try seal()
    isKept = true
  }

  private func seal() throws {
    do {
      guard fchmod(descriptor, 0o444) == 0 else { throw FileCallError(number: errno) }
      try faults.reach(.objectSync)
      // After an error the pages may be gone: the file is given up, never synced again.
      guard fsync(descriptor) == 0 else { throw FileCallError(number: errno) }
    } catch { throw StorageError.file("write", path, error) }
  }

  /// Makes it read-only, syncs it and moves it to its final name; durable after `Files.syncFolder` of the
  /// target's folder.
  func move(to target: String) throws {
    try seal()
    try Files.move(path, to: target, faults: faults)
    isKept = true
  }
}
