import Foundation
import GRDB

/// Digests of files outside the workspace, remembered by what `stat` says.
extension Store {
  /// The digest of a file, or of a folder: its files' relative paths, sizes and digests in order.
  /// nil if there is nothing at `path`.
  ///
  /// - Parameter isProgram: whether files next to it that it may import also count: see
  ///   `ProgramFiles`.
  public func digest(outside path: String, isProgram: Bool = false) throws -> String? {
    guard FileStamp(path: path) != nil else { return nil }
    guard FileDigest.isFolder(path) else {
      let own = try digest(file: path)
      let others = isProgram ? try ProgramFiles.beside(path) : []
      // A program that stands alone has the digest of its file.
      return others.isEmpty ? own : try digest(own, with: others, in: ProgramFiles.folder(of: path))
    }
    let lines = try FileDigest.list(folder: path).map { name in
      let file = "\(path)/\(name)"
      return "\(name)\t\(FileStamp(path: file)?.size ?? 0)\t\(try digest(file: file))\n"
    }
    return FileDigest.of(Data(lines.joined().utf8))
  }

  private func digest(_ own: String, with names: [String], in folder: String) throws -> String {
    let lines = try names.map { "\($0)\t\(try digest(file: "\(folder)/\($0)"))\n" }
    return FileDigest.of(Data(("\(own)\n" + lines.joined()).utf8))
  }

  private func digest(file path: String) throws -> String {
    guard let stamp = FileStamp(path: path) else {
      throw StorageError.file("read", path, FileCallError(number: ENOENT))
    }
    if let known = try memo(path, stamp) { return known }
    let digest = try FileDigest.file(path)
    // A file changed within the clock's grain could change again without a new stamp.
    if FileStamp(path: path) == stamp, now() - stamp.modified / 1_000_000 > 2000 {
      try remember(path, stamp, digest)
    }
    return digest
  }

  private func memo(_ path: String, _ stamp: FileStamp) throws -> String? {
    try read {
      try String.fetchOne(
        $0,
        sql: """
          SELECT sha256 FROM file_memo WHERE path = ? AND device = ? AND inode = ? AND size = ?
            AND modified = ? AND changed = ?
          """,
        arguments: [
          path, stamp.device, stamp.inode, stamp.size, stamp.modified, stamp.changed,
        ])
    }
  }

  private func remember(_ path: String, _ stamp: FileStamp, _ digest: String) throws {
    try write {
      try $0.execute(
        sql: "INSERT OR REPLACE INTO file_memo VALUES (?, ?, ?, ?, ?, ?, ?)",
        arguments: [
          path, stamp.device, stamp.inode, stamp.size, stamp.modified, stamp.changed, digest,
        ])
    }
  }

  private static let besidePrefix = "beside/"

  /// The files next to a program that its stamps cover, relative to its folder, in order.
  public static func beside(_ stamps: [String: FileStamp]) -> [String] {
    stamps.keys.filter { $0.hasPrefix(besidePrefix) }.sorted()
      .map { String($0.dropFirst(besidePrefix.count)) }
  }

  /// The path of a name in stamps.
  public static func path(_ name: String, outside path: String) -> String {
    if name.isEmpty { return path }
    guard name.hasPrefix(besidePrefix) else { return "\(path)/\(name)" }
    return "\(ProgramFiles.folder(of: path))/\(name.dropFirst(besidePrefix.count))"
  }

  /// The stamps of a file or of everything in a folder, to see later whether it was changed.
  public static func stamps(
    outside path: String, isProgram: Bool = false
  ) throws -> [String: FileStamp] {
    let names = FileDigest.isFolder(path) ? try FileDigest.list(folder: path) : [""]
    var files = names.map { ($0, $0.isEmpty ? path : "\(path)/\($0)") }
    if isProgram {
      let folder = ProgramFiles.folder(of: path)
      files += try ProgramFiles.beside(path).map { (Self.besidePrefix + $0, "\(folder)/\($0)") }
    }
    return Dictionary(
      files.compactMap { name, path in FileStamp(path: path).map { (name, $0) } }
    ) { first, _ in first }
  }
}
