import Foundation

/// Checks of data that found no mistake, so that the same data are not looked at twice. Files that are
/// lost cost a look, nothing else.
extension Store {
  /// The notes of a check of what `description` says; nil if there was none.
  public func notes(ofCheck description: String) -> [String]? {
    guard let data = FileManager.default.contents(atPath: checkFile(description)) else {
      return nil
    }
    return try? JSONDecoder().decode([String].self, from: data)
  }

  /// Remembers a check. A file that cannot be written is none of the plan's faults.
  public func remember(check description: String, notes: [String]) {
    try? Files.makeFolder(workspace.checks)
    let data = try? JSONEncoder().encode(notes)
    try? data?.write(to: URL(fileURLWithPath: checkFile(description)), options: .atomic)
  }

  private func checkFile(_ description: String) -> String {
    "\(workspace.checks)/\(FileDigest.of(Data(description.utf8))).json"
  }
}
