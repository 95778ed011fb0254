import CMath
import Foundation
import Host

extension Data {
  /// A copy of all bytes of a file.
  ///
  /// Foundation allocates a quarter more than requested, below a gibibyte: address space that a
  /// file of weights never uses.
  static func copy(of content: FileContent) throws -> Data {
    let count = content.size
    guard let memory = vector_memory(count) else { MemoryFailure.end(bytes: count) }
    let target = UnsafeMutableRawBufferPointer(start: memory, count: count)
    var position = 0
    do {
      try content.write { bytes in
        UnsafeMutableRawBufferPointer(rebasing: target[position...]).copyMemory(from: bytes)
        position += bytes.count
      }
    } catch {
      free(memory)
      throw error
    }
    // Filled before it is handed over: Data copies a few bytes into itself and frees the memory at once.
    return Data(bytesNoCopy: memory, count: count, deallocator: .free)
  }
}
