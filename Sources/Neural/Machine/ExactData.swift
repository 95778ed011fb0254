import CMath
import Foundation

extension Data {
  /// Data of `count` bytes, all of which `write` must fill: they are not initialised.
  ///
  /// Foundation allocates a quarter more than requested, below a gibibyte: address space that a
  /// file of
  /// weights never uses.
  static func exactly(_ count: Int, _ write: (inout MutableRawSpan) -> Void) -> Data {
    guard let memory = vector_memory(count) else { MemoryFailure.end(bytes: count) }
    let buffer = UnsafeMutableRawBufferPointer(start: memory, count: count)
    var bytes = buffer.mutableBytes
    write(&bytes)
    return Data(bytesNoCopy: memory, count: count, deallocator: .free)
  }
}
