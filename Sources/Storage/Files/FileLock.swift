import Foundation
import Synchronization

/// An advisory lock on a file; the kernel frees it when the process ends, however it ends.
public final class FileLock: Sendable {
  private let descriptor: Mutex<Int32?>

  private init(descriptor: Int32) { self.descriptor = Mutex(descriptor) }

  deinit { release() }

  /// The lock, or nil if another holds it; `wait` waits instead.
  static func take(_ path: String, exclusive: Bool = true, wait: Bool = false) throws -> FileLock? {
    do {
      let descriptor = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o644)
      guard descriptor >= 0 else { throw FileCallError(number: errno) }
      let operation = (exclusive ? LOCK_EX : LOCK_SH) | (wait ? 0 : LOCK_NB)
      while flock(descriptor, operation) != 0 {
        let number = errno
        if number == EINTR { continue }
        close(descriptor)
        if number == EWOULDBLOCK { return nil }
        throw FileCallError(number: number)
      }
      return FileLock(descriptor: descriptor)
    } catch { throw StorageError.file("lock", path, error) }
  }

  /// Whether the file that is locked is still the one at `path`.
  func isOf(_ path: String) -> Bool {
    descriptor.withLock { open in
      var (mine, there) = (stat(), stat())
      guard let open, fstat(open, &mine) == 0, stat(path, &there) == 0 else { return false }
      return mine.st_dev == there.st_dev && mine.st_ino == there.st_ino
    }
  }

  /// Gives the lock back; again is harmless.
  ///
  /// Not by closing alone: a child between fork and exec has a copy of the descriptor, which would
  /// keep the lock.
  public func release() {
    descriptor.withLock {
      if let open = $0 {
        _ = flock(open, LOCK_UN)
        close(open)
      }
      $0 = nil
    }
  }
}
