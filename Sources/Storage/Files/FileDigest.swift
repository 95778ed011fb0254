import Digests
public import Foundation

/// Tells whether a file is still the same without reading it.
public struct FileStamp: Sendable, Hashable {
  public let device: Int64
  public let inode: Int64
  public let size: Int64
  public let modified: Int64
  public let changed: Int64

  /// The stamp of a file or folder; nil if there is none.
  public init?(path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    device = Int64(truncatingIfNeeded: status.st_dev)
    inode = Int64(truncatingIfNeeded: status.st_ino)
    size = Int64(status.st_size)
    modified = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
    changed = Int64(status.st_ctim.tv_sec) * 1_000_000_000 + Int64(status.st_ctim.tv_nsec)
  }
}

/// SHA-256 of bytes, files and folders, in hexadecimal.
public enum FileDigest {
  public static func of(_ data: Data) -> String { SHA256.hex(data) }

  /// The digest of a file's content.
  static func file(_ path: String) throws -> String {
    do {
      let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
      defer { try? handle.close() }
      let hash = SHA256()
      while let chunk = try handle.read(upToCount: 1 << 22), !chunk.isEmpty {
        hash.update(chunk)
      }
      return SHA256.hex(digest: hash.finalize())
    } catch { throw StorageError.file("read", path, error) }
  }

  /// The files below a folder, by relative path in byte order; links are followed.
  static func list(folder: String) throws -> [String] {
    do {
      return try FileManager.default.subpathsOfDirectory(atPath: folder)
        .filter { !isFolder("\(folder)/\($0)") }
        .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    } catch { throw StorageError.file("read the folder", folder, error) }
  }

  static func isFolder(_ path: String) -> Bool {
    var folder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &folder) && folder.boolValue
  }
}
