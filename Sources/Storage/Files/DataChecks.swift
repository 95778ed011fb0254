import Foundation

/// Checks of data that found no mistake, so that the same data are not looked at twice. Files that are
/// lost cost a look, nothing else.
public struct DataChecks {
  private let workspace: Workspace

  /// - Parameter workspace: where the data are used, whether it is there yet or not.
  public init(_ workspace: Workspace) { self.workspace = workspace }

  /// The notes of a check of what `description` says; nil if there was none.
  public func notes(of description: String) -> [String]? {
    let early = isOwn(workspace.earlyChecks) ? [workspace.earlyChecks] : []
    let found = ([workspace.checks] + early).lazy.compactMap {
      FileManager.default.contents(atPath: file(of: description, in: $0))
    }.first
    return found.flatMap { try? JSONDecoder().decode([String].self, from: $0) }
  }

  /// Remembers a check. A file that cannot be written is none of the plan's faults.
  public func remember(_ description: String, notes: [String]) {
    let folder = workspace.exists ? workspace.checks : workspace.earlyChecks
    try? FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true,
      attributes: workspace.exists ? nil : [.posixPermissions: 0o700])
    guard workspace.exists || isOwn(folder) else { return }
    let data = try? JSONEncoder().encode(notes)
    try? data?.write(to: URL(fileURLWithPath: file(of: description, in: folder)), options: .atomic)
  }

  /// Whether a folder is this user's: others may write beside it.
  private func isOwn(_ folder: String) -> Bool {
    let owner = try? FileManager.default.attributesOfItem(atPath: folder)[.ownerAccountID]
    return (owner as? NSNumber)?.uint32Value == getuid()
  }

  private func file(of description: String, in folder: String) -> String {
    "\(folder)/\(FileDigest.of(Data(description.utf8))).json"
  }
}
