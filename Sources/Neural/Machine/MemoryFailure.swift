import Foundation
import Synchronization

/// What the process does when the system gives it no memory.
public enum MemoryFailure {
  private static let handler = Mutex<(@Sendable (_ bytes: Int) -> Void)?>(nil)

  /// Sets the function that is called, with the number of requested bytes, before the process ends.
  public static func onFailure(_ body: @escaping @Sendable (_ bytes: Int) -> Void) {
    handler.withLock { $0 = body }
  }

  /// Ends the process, since it cannot continue.
  static func end(bytes: Int) -> Never {
    handler.withLock { $0 }?(bytes)
    preconditionFailure("no memory for \(bytes) bytes")
  }
}
