import Foundation

/// The files next to a program that it may import: sources of its own language in its folder and,
/// for Python, in the packages below.
enum ProgramFiles {
  /// Endings of files that interpreters read; a compiled program stands alone.
  private static let endings: Set<String> = [
    "py", "sh", "bash", "rb", "pl", "pm", "js", "mjs", "cjs", "ts", "lua", "jl", "r",
  ]

  static func folder(of path: String) -> String { (path as NSString).deletingLastPathComponent }

  /// Files with a program's ending, relative to its folder, in byte order, without the program itself.
  static func beside(_ path: String) throws -> [String] {
    let ending = (path as NSString).pathExtension
    guard endings.contains(ending.lowercased()), FileStamp(path: path) != nil,
      !FileDigest.isFolder(path)
    else { return [] }
    let own = (path as NSString).lastPathComponent
    return try sources(in: folder(of: path), below: "", ending: ending).filter { $0 != own }
      .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// - Parameter below: the way from `folder` to the folder to look into, with a slash at its end.
  private static func sources(
    in folder: String, below: String, ending: String
  ) throws -> [String] {
    do {
      let names = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(below)")
      return try names.flatMap { name -> [String] in
        let path = "\(folder)/\(below)\(name)"
        if FileDigest.isFolder(path) {
          let isPackage = FileManager.default.fileExists(atPath: "\(path)/__init__.py")
          guard isPackage, ending == "py" else { return [] }
          return try sources(in: folder, below: "\(below)\(name)/", ending: ending)
        }
        return (name as NSString).pathExtension == ending ? [below + name] : []
      }
    } catch let error as StorageError {
      throw error
    } catch { throw StorageError.file("read the folder", "\(folder)/\(below)", error) }
  }
}
