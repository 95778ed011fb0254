public import Foundation

/// Read access to the machine's files: a stage gets it from its executor, a check from the program.
public protocol FileAccess: Sendable {
  /// The file or folder at a path, following links; nil if there is none.
  func status(_ path: String) -> FileStatus?
  /// The names in a folder; empty if there is no such folder.
  func names(inFolder path: String) -> [String]
  /// A file's bytes, mapped: they are read when they are touched.
  func contents(_ path: String) throws -> Data
  /// A file from its beginning; nil if it cannot be opened.
  func open(_ path: String) -> (any BlockReader)?
}

/// A file or folder, as `stat` has it.
public struct FileStatus: Sendable, Hashable {
  public let isFolder: Bool
  /// In bytes.
  public let size: Int
  /// The last change of the content, in nanoseconds since 1970.
  public let modified: Int
}

/// Reads a file's bytes in order.
public protocol BlockReader {
  /// The next bytes, at most `count`; nil or none at the end.
  func read(upToCount count: Int) throws -> Data?
}

extension FileHandle: BlockReader {}

/// The files of this machine.
public struct LocalFiles: FileAccess {
  public init() {}

  public func status(_ path: String) -> FileStatus? {
    var found = stat()
    guard stat(path, &found) == 0 else { return nil }
    let modified = found.st_mtim
    return FileStatus(
      isFolder: found.st_mode & S_IFMT == S_IFDIR, size: Int(found.st_size),
      modified: Int(modified.tv_sec) * 1_000_000_000 + Int(modified.tv_nsec))
  }

  public func names(inFolder path: String) -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
  }

  public func contents(_ path: String) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped)
  }

  public func open(_ path: String) -> (any BlockReader)? { FileHandle(forReadingAtPath: path) }
}
