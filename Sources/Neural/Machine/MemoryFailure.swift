import Foundation
import Synchronization

/// What the process does when the system gives it no memory.
public enum MemoryFailure {
  private static let handler = Mutex<(@Sendable (_ bytes: Int) -> Void)?>(nil)

  /// Sets what is called, with the number of bytes that were asked for, before the process ends.
  public static func onFailure(_ body: @escaping @Sendable (_ bytes: Int) -> Void) {
    handler.withLock { $0 = body }
  }

  /// Ends the process: there is nothing to go on with.
  static func end(bytes: Int) -> Never {
    handler.withLock { $0 }?(bytes)
    preconditionFailure("no memory for \(bytes) bytes")
  }
}
