import Foundation

/// Where a workspace keeps what: everything that a run writes is below `runs/`.
public struct Workspace: Sendable, Hashable {
  /// Kept free for the database and its journal.
  static let reserve = 16 << 20

  /// The folder that holds `runs/`.
  public let folder: String

  public init(_ folder: String) {
    self.folder = URL(fileURLWithPath: folder).standardizedFileURL.path
  }

  public var runs: String { "\(folder)/runs" }
  public var database: String { "\(runs)/regimen.sqlite" }
  var objects: String { "\(runs)/objects" }
  var temporary: String { "\(runs)/tmp" }
  /// The folders that must exist first, outermost first.
  var folders: [String] { [runs, objects, temporary] }

  public func runFolder(_ run: String) -> String { "\(runs)/\(run)" }
  /// The event files of a run for TensorBoard, which shows the folder's name.
  public func tensorBoardFolder(name: String, run: String) -> String {
    "\(runs)/tensorboard/\(name)-\(run)"
  }
  /// The rows that a stage hands to a person, and those that it takes back.
  public func reviewFile(_ run: String, stage: String) -> String {
    "\(runFolder(run))/\(stage).jsonl"
  }
  public func reviewedFile(_ run: String, stage: String) -> String {
    "\(runFolder(run))/\(stage).reviewed.jsonl"
  }
  func lock(_ run: String) -> String { "\(runFolder(run))/lock" }
  /// Shared while objects are written and named by a row, exclusive while others are deleted.
  var objectsLock: String { "\(runs)/objects/lock" }

  /// One file a stage that is being trained, by its key.
  var claims: String { "\(runs)/claims" }

  /// Results of checks of data, one file per check, by the digest of what it depends on.
  var checks: String { "\(runs)/checks" }

  /// The same before there is a workspace: `plan` leaves nothing in the folder, and what it found need not be
  /// found again by `run`.
  var earlyChecks: String {
    let own = FileManager.default.temporaryDirectory.appending(path: "regimen-checks-\(getuid())")
    return own.appending(path: FileDigest.of(Data(folder.utf8))).path()
  }

  public var exists: Bool { FileManager.default.fileExists(atPath: database) }

  /// Whether there is a database, or files that one belongs to.
  public var isThere: Bool { exists || !runFolders.isEmpty }

  /// Holds which file the database was, so that a copy is known to be one.
  var identity: String { "\(runs)/identity" }

  /// The ids of runs that have a folder, whatever the database says.
  var runFolders: [String] {
    let reserved = ["objects", "tmp", "claims", "tensorboard"]
    let names = (try? FileManager.default.contentsOfDirectory(atPath: runs)) ?? []
    return names.filter { name in
      !reserved.contains(name) && FileManager.default.fileExists(atPath: lock(name))
    }.sorted()
  }

  /// Makes the folders that are missing; they are durable before there is a database.
  func create() throws {
    for path in [folder] + folders { try Files.makeFolder(path) }
    guard !exists else { return }
    for path in [runs, folder] { try Files.syncFolder(path, faults: .none) }
  }
}
