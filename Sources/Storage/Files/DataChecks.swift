import Foundation

/// Checks of data that found no mistake, so that the same data is not checked twice. A lost file
/// only costs another check.
public struct DataChecks {
  private let workspace: Workspace

  /// - Parameter workspace: where the data is used, whether it exists yet or not.
  public init(_ workspace: Workspace) { self.workspace = workspace }

  /// The notes of a check with this `description`; nil if there was none.
  public func notes(of description: String) -> [String]? {
    let early = isOwn(workspace.earlyChecks) ? [workspace.earlyChecks] : []
    let found = ([workspace.checks] + early).lazy.compactMap {
      FileManager.default.contents(atPath: file(of: description, in: $0))
    }.first
    return found.flatMap { try? JSONDecoder().decode([String].self, from: $0) }
  }

  /// Remembers a check. A file that cannot be written is not the plan's fault.
  public func remember(_ description: String, notes: [String]) {
    let folder = workspace.exists ? workspace.checks : workspace.earlyChecks
    try? FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true,
      attributes: workspace.exists ? nil : [.posixPermissions: 0o700])
    guard workspace.exists || isOwn(folder) else { return }
    let data = try? JSONEncoder().encode(notes)
    try? data?.write(to: URL(fileURLWithPath: file(of: description, in: folder)), options: .atomic)
  }

  /// Whether a folder is this user's: others may write next to it.
  private func isOwn(_ folder: String) -> Bool {
    let owner = try? FileManager.default.attributesOfItem(atPath: folder)[.ownerAccountID]
    return (owner as? NSNumber)?.uint32Value == getuid()
  }

  private func file(of description: String, in folder: String) -> String {
    "\(folder)/\(FileDigest.of(Data(description.utf8))).json"
  }
}
