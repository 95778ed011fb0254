import CMath
import Foundation

/// Memory that this process may still take, and what sets that limit.
public struct MemoryRoom: Sendable, Hashable {
  public let bytes: Int
  /// "the machine", "the control group's memory.max", "ulimit -v".
  public let limit: String

  /// The limit of all that a process asks for, touched or not.
  public static let addressSpace = "ulimit -v"

  /// What is left of it when something else has taken its part.
  public func keeping(_ kept: Int) -> MemoryRoom {
    MemoryRoom(bytes: max(bytes - kept, 0), limit: limit)
  }

  /// The least that the machine and its limits grant; nil where the system does not tell.
  ///
  /// - Parameters:
  ///   - root: the folder that holds proc and sys, for tests.
  ///   - addressSpace: the limit of the address space; nil: none.
  public static func now(
    root: String = "", addressSpace: Int? = addressSpaceLimit
  ) -> MemoryRoom? {
    let files = SystemFiles(root: root)
    return ([files.machine] + files.groups + [files.addressSpace(limit: addressSpace)])
      .compactMap(\.self).min { $0.bytes < $1.bytes }
  }

  /// Keeps what threads ask for and do not use small, where address space is limited; to be called
  /// before there are threads.
  public static func spareAddressSpace() {
    if addressSpaceLimit != nil { share_small_memory() }
  }

  /// `ulimit -v` in bytes; nil where there is none.
  public static var addressSpaceLimit: Int? {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0,
      limit.rlim_cur < UInt(Int.max)
    else { return nil }
    return Int(limit.rlim_cur)
  }
}

/// Linux's files about memory.
private struct SystemFiles {
  let root: String

  /// What can be had without swapping.
  var machine: MemoryRoom? {
    guard let line = lines("/proc/meminfo").first(where: { $0.hasPrefix("MemAvailable:") }),
      let kibibytes = line.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
    else { return nil }
    return MemoryRoom(bytes: kibibytes << 10, limit: "the machine")
  }

  /// The process's control group and those above it, of either version.
  var groups: [MemoryRoom] {
    lines("/proc/self/cgroup").flatMap { line -> [MemoryRoom] in
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { return [] }
      let path = String(parts[2])
      if parts[0] == "0", parts[1].isEmpty {
        return ancestors(path).compactMap { group("/sys/fs/cgroup\($0)", .second) }
      }
      guard parts[1].split(separator: ",").contains("memory") else { return [] }
      return ancestors(path).compactMap { group("/sys/fs/cgroup/memory\($0)", .first) }
    }
  }

  private enum Version {
    case first, second

    var names: (limit: String, used: String, cached: String) {
      switch self {
      case .first: ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
      case .second: ("memory.max", "memory.current", "inactive_file")
      }
    }
  }

  /// Files that nobody has touched lately make room when it is needed.
  private func group(_ folder: String, _ version: Version) -> MemoryRoom? {
    let names = version.names
    guard let limit = number("\(folder)/\(names.limit)"), limit < 1 << 60,
      let used = number("\(folder)/\(names.used)")
    else { return nil }
    let cached = lines("\(folder)/memory.stat").first { $0.hasPrefix("\(names.cached) ") }
      .flatMap { Int($0.dropFirst(names.cached.count + 1)) }
    return MemoryRoom(
      bytes: max(limit - used + (cached ?? 0), 0), limit: "the control group's \(names.limit)")
  }

  /// `/a/b`, `/a` and the top, whose path is empty.
  private func ancestors(_ path: String) -> [String] {
    var parts = path.split(separator: "/")
    var paths: [String] = []
    while !parts.isEmpty {
      paths.append("/" + parts.joined(separator: "/"))
      parts.removeLast()
    }
    return paths + [""]
  }

  func addressSpace(limit: Int?) -> MemoryRoom? {
    guard let limit,
      let pages = lines("/proc/self/statm").first?.split(separator: " ").first.flatMap({ Int($0) })
    else { return nil }
    return MemoryRoom(
      bytes: max(limit - pages * Int(sysconf(Int32(_SC_PAGESIZE))), 0),
      limit: MemoryRoom.addressSpace)
  }

  private func number(_ path: String) -> Int? {
    lines(path).first.flatMap { Int($0) }
  }

  private func lines(_ path: String) -> [Substring] {
    ((try? String(contentsOfFile: root + path, encoding: .utf8)) ?? "").split(separator: "\n")
  }
}
