import Foundation

/// One allocation of floats, aligned for vectors, freed with its owner.
struct Tensor: ~Copyable {
  let floats: Floats

  /// Zeroed memory for `count` floats.
  init(count: Int) {
    precondition(count >= 0, "a tensor of \(count) elements")
    let bytes = max(64, (count * MemoryLayout<Float>.stride + 63) / 64 * 64)
    guard let memory = aligned_alloc(64, bytes) else {
      preconditionFailure("no memory for a tensor of \(count) floats")
    }
    memset(memory, 0, bytes)
    floats = Floats(base: memory.assumingMemoryBound(to: Float.self), count: count)
  }

  deinit { free(floats.base) }
}
