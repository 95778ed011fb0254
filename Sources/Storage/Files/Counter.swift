import Synchronization

/// Counts across threads.
final class Counter: Sendable {
  private let value = Atomic<Int>(0)

  /// 1 at the first call, 2 at the second.
  func next() -> Int { value.add(1, ordering: .relaxed).newValue }
}
