import Foundation
import GRDB

/// What went wrong with the workspace, its database or its files, and what to do about it.
public struct StorageError: Error, Sendable, CustomStringConvertible {
  public enum Code: Sendable, Equatable {
    /// No such run, stage or workspace.
    case notFound
    /// A selector that fits several runs.
    case ambiguous
    /// Another live process works on the run.
    case held
    /// This process worked on the run, and another one took it over.
    case ownershipLost
    /// The database, the disk or a file in the workspace.
    case workspace
    /// An object whose bytes are not those that its name promises.
    case corrupt
    /// The workspace was written by a newer version.
    case incompatible
  }

  public let code: Code
  public let message: String
  public let underlying: (any Error)?

  init(_ code: Code, _ message: String, underlying: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.underlying = underlying
  }

  public var description: String { message }

  /// The exit status of a command that ends with this error.
  public var exitCode: Int32 {
    switch code {
    case .notFound, .ambiguous: 4
    case .held, .ownershipLost: 5
    case .workspace, .corrupt: 6
    case .incompatible: 7
    }
  }
}

/// The wording, in one place.
extension StorageError {
  static func noWorkspace(_ folder: String) -> Self {
    Self(
      .notFound,
      "no workspace in \(folder): it has no runs/regimen.sqlite; `regimen run` makes one, `-C DIR` names another"
    )
  }

  static func lostDatabase(_ workspace: Workspace, runs: Int, objects: Int) -> Self {
    let state = workspace.exists ? "is empty (0 bytes)" : "is missing"
    return Self(
      .workspace,
      """
      the database \(workspace.database) \(state), and \(runs) run folder\(runs == 1 ? "" : "s") and \
      \(objects) file\(objects == 1 ? "" : "s") of results and checkpoints are next to it. Nothing \
      was changed: restore the database (from a backup or an earlier copy), or move \
      \(workspace.runs) away to start again
      """)
  }

  static func tornCopy(_ workspace: Workspace, _ problems: [String]) -> Self {
    let more = problems.count > 3 ? ", and \(problems.count - 3) more" : ""
    return Self(
      .workspace,
      """
      \(workspace.runs) is an incomplete copy of another workspace: \
      \(problems.prefix(3).joined(separator: ", "))\(more). Probably a run wrote while it was copied; \
      `regimen backup -C ORIGINAL DIR` makes a consistent copy of the original, and `regimen \
      doctor --repair` sets aside what is missing here
      """)
  }

  static func unknownToDatabase(_ unknown: UnknownFiles) -> Self {
    Self(
      .workspace,
      """
      the database does not know \(unknown.words): it may be older than the files, so nothing was \
      deleted. Restore the newer database, or resume the interrupted runs, which reuses what a \
      killed process left; `regimen gc --force` deletes the files that no row names
      """)
  }

  static func backupExists(_ folder: String) -> Self {
    Self(.workspace, "\(folder) is not empty; name an empty folder, or one that does not exist")
  }

  static func backupInside(_ folder: String, _ workspace: Workspace) -> Self {
    Self(
      .workspace,
      "\(folder) is inside \(workspace.runs), which is being copied; name another "
        + "folder")
  }

  static func foreignDatabase(_ path: String) -> Self {
    Self(.workspace, "\(path) is a database of another program; move it away or use `-C DIR`")
  }

  static func newerSchema(_ path: String, found: Int, known: Int) -> Self {
    Self(
      .incompatible,
      "\(path) has schema \(found), this program knows up to \(known): use the newer regimen that wrote it"
    )
  }

  static func database(_ path: String, _ underlying: any Error) -> Self {
    let (what, remedy) = database(underlying)
    return Self(.workspace, "database \(path): \(what); \(remedy)", underlying: underlying)
  }

  /// What SQLite says, without the statement at which it said it, and what to do about it.
  private static func database(_ error: any Error) -> (what: String, remedy: String) {
    guard let error = error as? DatabaseError else {
      return ("\(error)", kept + "`regimen resume` continues")
    }
    let what =
      "\(error.message ?? error.resultCode.description) "
      + "(SQLite \(error.extendedResultCode.rawValue))"
    return switch error.resultCode {
    case .SQLITE_FULL: (what, kept + makeRoom)
    case .SQLITE_CORRUPT, .SQLITE_NOTADB:
      (what, "the file is damaged: `regimen doctor` says how much, and how to recover it")
    case .SQLITE_BUSY, .SQLITE_LOCKED:
      (what, kept + "another program has locked it; when it is free, `regimen resume` continues")
    default: (what, kept + "check the disk, then `regimen resume` continues")
    }
  }

  private static let kept = "nothing committed is lost: "

  static func file(_ doing: String, _ path: String, _ underlying: any Error) -> Self {
    Self(
      .workspace,
      "cannot \(doing) \(path): \(reason(underlying)); "
        + remedy(underlying),
      underlying: underlying)
  }

  static func noSpace(_ folder: String, free: Int, needed: Int, for purpose: String) -> Self {
    Self(
      .workspace,
      "the disk of \(folder) has \(free / 1_000_000) MB free, and \(purpose) needs "
        + "\(needed / 1_000_000 + 1) MB and \(Workspace.reserve >> 20) MB to spare; \(makeRoom)")
  }

  /// What to do about a full disk.
  private static let makeRoom =
    "make room (`regimen gc`, `regimen rm RUN`), then `regimen resume`"

  static func noSuchRun(_ selector: String) -> Self {
    Self(.notFound, "no run '\(selector)'; `regimen ls` lists them")
  }

  static func noSuchStage(_ stage: String, run: String) -> Self {
    Self(.notFound, "run \(run) has no stage '\(stage)'; `regimen show \(run)` lists them")
  }

  static func ambiguousRun(_ selector: String, candidates: [String]) -> Self {
    Self(
      .ambiguous,
      "'\(selector)' fits several runs: \(candidates.joined(separator: ", ")); give more letters")
  }

  static func held(run: String, host: String, process: Int, since: String) -> Self {
    Self(
      .held,
      "run \(run) is held by \(host), process \(process), since \(since); wait for it or stop it first"
    )
  }

  static func inUse(run: String, by users: [String]) -> Self {
    Self(
      .held,
      "run \(run) has stages that other runs reuse: \(users.joined(separator: ", ")); remove those first"
    )
  }

  static func ownershipLost(run: String) -> Self {
    Self(
      .ownershipLost, "run \(run) was taken over by another process; this one stops writing to it")
  }

  static func notResumable(run: String, status: String) -> Self {
    Self(.notFound, "run \(run) is \(status): there is nothing to resume")
  }

  static func missingObject(_ digest: String) -> Self {
    Self(
      .corrupt,
      "object \(digest) is missing from runs/objects; `regimen doctor --repair` sets its result or "
        + "checkpoint aside, then `regimen resume` recreates it"
    )
  }

  static func corruptObject(_ digest: String) -> Self {
    Self(
      .corrupt,
      "object \(digest) does not contain the bytes it was written with; `regimen doctor --deep "
        + "--repair` sets its result or checkpoint aside, then `regimen resume` recreates it"
    )
  }

  static func brokenRow(_ what: String) -> Self {
    Self(.workspace, "the database has a broken row: \(what)")
  }

  static func badFault(_ text: String) -> Self {
    Self(
      .workspace,
      "REGIMEN_FAULT=\(text) is not NAME:N with a known name: "
        + FaultPoint.allCases.map(\.rawValue).joined(separator: ", "))
  }

  private static func remedy(_ error: any Error) -> String {
    switch number(error) {
    case ENOSPC, EDQUOT, EFBIG: makeRoom
    case ENOENT, ENOTDIR, EISDIR, EACCES, EPERM, EROFS:
      "check the path and its permissions, then try again"
    default: "check the disk, then `regimen resume`"
    }
  }

  /// What the system said, in its words.
  private static func reason(_ error: any Error) -> String {
    number(error).map { FileCallError(number: $0).description } ?? error.localizedDescription
  }

  /// The system's number of an error, also where Foundation wrapped it.
  private static func number(_ error: any Error) -> Int32? {
    if let call = error as? FileCallError { return call.number }
    let error = error as NSError
    if error.domain == NSPOSIXErrorDomain { return Int32(error.code) }
    if let inner = error.userInfo[NSUnderlyingErrorKey] as? any Error { return number(inner) }
    return switch CocoaError.Code(rawValue: error.code) {
    case .fileNoSuchFile, .fileReadNoSuchFile: ENOENT
    case .fileReadNoPermission, .fileWriteNoPermission: EACCES
    case .fileWriteOutOfSpace: ENOSPC
    case .fileWriteVolumeReadOnly: EROFS
    default: nil
    }
  }
}
