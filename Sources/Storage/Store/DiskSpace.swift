import Foundation
import Host

/// Free space on the disk, checked before it is needed.
extension Store {
  /// Throws when the disk has less room than something will need.
  ///
  /// - Parameters:
  ///   - bytes: what will be written, the reserve left aside.
  ///   - purpose: "the checkpoint of step 12".
  public func requireSpace(_ bytes: Int, for purpose: String) throws {
    guard let free = freeBytes(), free < bytes + Workspace.reserve else { return }
    throw StorageError.noSpace(workspace.folder, free: free, needed: bytes, for: purpose)
  }

  /// Room for files that are about to be written.
  func requireSpace(_ files: [FileContent], for purpose: String) throws {
    try requireSpace(files.reduce(0) { $0 + $1.size }, for: purpose)
  }
}

extension FileSystem {
  /// Bytes that may still be written to the disk of a path; nil where the system does not tell.
  static func freeBytes(_ path: String) -> Int? {
    var status = statvfs()
    guard statvfs(path, &status) == 0 else { return nil }
    return Int(
      clamping: UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize))
        .partialValue)
  }
}
