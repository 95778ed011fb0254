import CMath
import Foundation

/// One allocation of floats, aligned for vectors, freed with its owner.
struct Tensor: ~Copyable {
  let floats: Floats

  /// Zeroed memory for `count` floats; what is never touched of a large block takes no memory.
  init(count: Int) {
    self.init(unset: count)
    zero_vector_memory(floats.base, count * MemoryLayout<Float>.stride)
  }

  /// Memory for `count` floats that hold anything; until they are written, it is promised only.
  init(unset count: Int) {
    precondition(count >= 0, "a tensor of \(count) elements")
    guard let memory = vector_memory(count * MemoryLayout<Float>.stride) else {
      MemoryFailure.end(bytes: count * MemoryLayout<Float>.stride)
    }
    floats = Floats(base: memory.assumingMemoryBound(to: Float.self), count: count)
  }

  deinit { free(floats.base) }
}
