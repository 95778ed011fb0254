import Foundation
import GRDB

/// Something that is not as it should be, and what became of it.
public struct Finding: Sendable, Hashable {
  public enum Level: String, Sendable {
    case warning, error
  }

  public let level: Level
  public let message: String
  /// What was done about it, or what to do.
  public let remedy: String
  /// Whether something was done about it.
  public var isMended = false
}

/// A look at the whole workspace.
extension Store {
  /// Everything that is wrong with database and files.
  ///
  /// - Parameters:
  ///   - deep: read every object and compare its bytes with its name.
  ///   - repair: forget results and checkpoints whose files are broken, so that their stages run again.
  ///   - progress: gets the number of checked objects and of all objects.
  public func findings(
    deep: Bool, repair: Bool, progress: (Int, Int) -> Void = { _, _ in }
  ) throws -> [Finding] {
    var findings = try foreignKeyProblems().map { Finding.database($0, workspace) }
    if let kind = FileSystem.network(workspace.folder) {
      findings.append(
        Finding(
          level: .warning, message: "the workspace is on a network file system (\(kind))",
          remedy: "its locks may not work: use it from one machine at a time"))
    }
    findings += try missingFolders(repair: repair)
    let broken = try brokenObjects(deep: deep, progress)
    findings += try broken.sorted { $0.key < $1.key }.flatMap { digest, problem in
      try consequences(digest, problem, among: Set(broken.keys), repair: repair)
    }
    let unknown = try unknownFiles()
    if !unknown.isEmpty {
      findings.append(.unknown(unknown))
    } else if let orphans = try collect(dryRun: true), orphans.files > 0 {
      findings.append(
        Finding(
          level: .warning,
          message: "\(orphans.files) unreferenced files (\(orphans.bytes) bytes)",
          remedy: "`regimen gc` deletes them"))
    }
    return findings
  }

  /// Missing folders of the workspace; their contents are reported object by object.
  private func missingFolders(repair: Bool) throws -> [Finding] {
    let missing = workspace.folders.filter { !Files.isFolder($0) }
    if repair, !missing.isEmpty { try workspace.create() }
    return missing.map {
      Finding(
        level: $0 == workspace.objects ? .error : .warning, message: "the folder \($0) is missing",
        remedy: repair
          ? "made again, empty"
          : "move it back if it was moved; the next run, or --repair, creates it again, empty",
        isMended: repair)
    }
  }

  /// Digests of needed objects that are missing, of another size, or (`deep`) of other bytes, with the reason.
  func brokenObjects(
    deep: Bool, _ progress: (Int, Int) -> Void
  ) throws -> [String: String] {
    let known = try read { db in
      try Row.fetchAll(
        db, sql: "SELECT sha256, size FROM object WHERE \(Self.isNeeded) ORDER BY sha256"
      ).map { (digest: $0["sha256"] as String, size: $0["size"] as Int) }
    }
    var broken: [String: String] = [:]
    for (index, object) in known.enumerated() {
      switch Files.size(objects.path(object.digest)) {
      case nil: broken[object.digest] = "is missing"
      case object.size:
        if deep, (try? objects.read(object.digest)) == nil {
          broken[object.digest] = "does not contain the bytes that it was written with"
        }
      default: broken[object.digest] = "does not have the size that it was written with"
      }
      progress(index + 1, known.count)
    }
    return broken
  }
}

extension Finding {
  /// Something that SQLite sees, which only a person can mend.
  public static func database(_ problem: String, _ workspace: Workspace) -> Finding {
    Finding(
      level: .error, message: "database: \(problem)",
      remedy: """
        it is malformed; no command should write to it. Copy \(workspace.runs) away, then \
        `sqlite3 \(workspace.database) .recover | sqlite3 recovered.sqlite`, check \
        recovered.sqlite, and move it to \(workspace.database); this does not change the files in \
        objects/
        """)
  }

  static func unknown(_ unknown: UnknownFiles) -> Finding {
    Finding(
      level: unknown.runs.isEmpty ? .warning : .error,
      message: "the database does not know \(unknown.words)",
      remedy: """
        it may be older than the files: restore the newer one. Resuming an interrupted run reuses \
        what a killed process left; until then `regimen gc` deletes nothing
        """)
  }
}
