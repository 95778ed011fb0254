import Foundation
import Storage

extension GlobalOptions {
  /// The database of the workspace that -C names; only a command that starts runs makes one.
  ///
  /// - Parameter checkingCopy: whether a workspace that was copied is looked through first.
  func store(create: Bool = false, checkingCopy: Bool = true) throws -> Store {
    let faults = try FaultHook.environment(ProcessInfo.processInfo.environment["REGIMEN_FAULT"])
    return try Store(
      workspace: workspace(), create: create, checkingCopy: checkingCopy, faults: faults)
  }

  /// The workspace that -C names, whether there is a database or not.
  func workspace() throws -> Workspace {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: directory, isDirectory: &isFolder),
      isFolder.boolValue
    else { throw CommandError(.workspace, "-C \(directory): no such folder") }
    return Workspace(directory)
  }
}

/// A stage of a run, as `RUN/STAGE` names it.
struct StageSelector {
  let run: String
  let stage: String

  /// nil for text that names no stage. Names hold no slash, so the last one separates.
  init?(_ text: String) {
    guard let slash = text.lastIndex(of: "/") else { return nil }
    run = String(text[..<slash])
    stage = String(text[text.index(after: slash)...])
    guard !run.isEmpty, !stage.isEmpty else { return nil }
  }

  func record(in store: Store) throws -> StageRecord {
    try store.stage(stage, of: store.run(selector: run))
  }
}

/// Milliseconds since 1970.
func currentMilliseconds() -> Int64 { Int64(Date().timeIntervalSince1970 * 1000) }
