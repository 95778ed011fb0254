import Foundation

/// What relative paths in a recipe and in flags stand on.
struct PathBase: Sendable, Hashable {
  /// The recipe's own folder.
  let folder: String
  let currentDirectory: String

  init(file: String, currentDirectory: String) {
    self.currentDirectory = currentDirectory
    let absolute = Self.join(currentDirectory, file)
    folder = (absolute as NSString).deletingLastPathComponent
  }

  /// The absolute path; `~` is the home folder.
  func absolute(_ path: String, at place: Place) -> String {
    let isFlag = if case .argument = place { true } else { false }
    return Self.join(isFlag ? currentDirectory : folder, path)
  }

  /// Joins paths without asking the file system: `a/../b` is `b`.
  private static func join(_ folder: String, _ path: String) -> String {
    let expanded = path.hasPrefix("~") ? (path as NSString).expandingTildeInPath : path
    let joined = expanded.hasPrefix("/") ? expanded : folder + "/" + expanded
    var parts = [Substring]()
    for part in joined.split(separator: "/") where part != "." {
      if part == ".." { _ = parts.popLast() } else { parts.append(part) }
    }
    return "/" + parts.joined(separator: "/")
  }
}
