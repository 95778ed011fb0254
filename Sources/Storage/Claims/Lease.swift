import Foundation

/// The right to write to a run: a lock that the kernel frees, and an epoch that every write checks.
public struct Lease: Sendable {
  public let run: String
  let epoch: Int64
  let lock: FileLock

  /// Lets others take the run.
  public func release() { lock.release() }
}

/// Who holds a lease.
enum Owner {
  static let host: String = {
    let name = try? String(contentsOfFile: "/proc/sys/kernel/hostname", encoding: .utf8)
    return name?.trimmingCharacters(in: .whitespacesAndNewlines)
      ?? ProcessInfo.processInfo.hostName
  }()

  static var process: Int { Int(ProcessInfo.processInfo.processIdentifier) }
}

/// Identifiers that sort by time: ten letters of milliseconds, six of chance (Crockford's base 32).
enum RunID {
  static func make(at milliseconds: Int64) -> String {
    let letters = Array("0123456789abcdefghjkmnpqrstvwxyz")
    let chance = UInt64.random(in: 0..<(1 << 30))
    let time = (0..<10).reversed().map { letters[Int(milliseconds >> (5 * Int64($0)) & 31)] }
    let rest = (0..<6).reversed().map { letters[Int(chance >> (5 * UInt64($0)) & 31)] }
    return String(time + rest)
  }
}
