import Foundation

/// The disk that a path is on.
enum FileSystem {
  /// Types whose locks cannot be relied on between machines.
  private static let networks: Set<String> = [
    "nfs", "nfs4", "cifs", "smb3", "smbfs", "lustre", "9p", "ceph", "afs", "glusterfs",
    "fuse.sshfs",
    "fuse.glusterfs", "fuse.cephfs", "fuse.s3fs",
  ]

  /// The type of a network file system; nil on a local disk, and where the system does not tell.
  static func network(_ path: String) -> String? {
    guard let mounts = try? String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8) else {
      return nil
    }
    let type = type(of: URL(fileURLWithPath: path).resolvingSymlinksInPath().path, mounts: mounts)
    return type.flatMap { networks.contains($0) ? $0 : nil }
  }

  /// The type of the mount that a path lies under: of the longest mount point that begins it, and of
  /// mounts over each other the last (see proc_pid_mountinfo(5)).
  static func type(of path: String, mounts: String) -> String? {
    var best: (length: Int, type: String)?
    for line in mounts.split(separator: "\n") {
      let fields = line.split(separator: " ")
      guard fields.count > 4, let dash = fields.firstIndex(of: "-"), dash + 1 < fields.count
      else { continue }
      let point = fields[4].replacing("\\040", with: " ")
      let lies = point == "/" || path == point || path.hasPrefix(point + "/")
      if lies, point.count >= best?.length ?? 0 { best = (point.count, String(fields[dash + 1])) }
    }
    return best?.type
  }
}
