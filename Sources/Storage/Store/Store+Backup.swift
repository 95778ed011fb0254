import Foundation
import GRDB
import Host

/// What a backup holds.
public struct Backup: Sendable, Hashable {
  public var runs = 0
  public var files = 0
  public var bytes = 0
}

extension Store {
  /// Makes a consistent copy of the workspace while runs write to it: the database as it is at one
  /// instant, and every file that it names.
  ///
  /// Objects never change once they are written, so on one disk they are hard links. The database gets its
  /// name last: a copy that was cut off has none, and no command takes it for a workspace.
  ///
  /// - Parameters:
  ///   - folder: what `-C` will name; it must be empty or missing.
  ///   - copying: copy objects where they could be linked, for a disk that may be lost as a whole.
  ///   - progress: told how many objects of how many are there.
  public func backup(
    to folder: String, copying: Bool = false, progress: (Int, Int) -> Void = { _, _ in }
  ) throws -> Backup {
    let target = Workspace(folder)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: target.folder)) ?? []
    guard names.isEmpty else { throw StorageError.backupExists(target.folder) }
    guard !target.folder.hasPrefix(workspace.runs + "/") else {
      throw StorageError.backupInside(target.folder, workspace)
    }
    try Files.makeFolders(target.folder)
    try target.create()
    let part = "\(target.temporary)/regimen.sqlite"
    return try withObjects {
      try outsideTransaction("VACUUM INTO ?", [part])
      let contents = try BackupContents(path: part)
      var backup = Backup(runs: contents.runs.count)
      for (index, object) in contents.objects.enumerated() {
        try copy(object, to: target, copying: copying)
        backup.files += 1
        backup.bytes += Files.size(objects.path(object)) ?? 0
        progress(index + 1, contents.objects.count)
      }
      for run in contents.runs { try copyFolder(of: run, to: target) }
      for path in [target.objects, target.runs] { try Files.syncFolder(path, faults: .none) }
      try Files.syncFile(part)
      try Files.move(part, to: target.database, faults: .none)
      try Files.syncFolder(target.runs, faults: .none)
      return backup
    }
  }

  private func copy(_ digest: String, to target: Workspace, copying: Bool) throws {
    let (source, place) = (objects.path(digest), ObjectStore.path(digest, in: target))
    try Files.makeFolder("\(target.objects)/\(digest.prefix(2))")
    if !copying, link(source, place) == 0 { return }
    try NewFile(FileContent(objects.read(digest)), at: place, faults: .none).keep()
  }

  /// What people and stages wrote into a run's folder; locks stay.
  private func copyFolder(of run: String, to target: Workspace) throws {
    let (source, place) = (workspace.runFolder(run), target.runFolder(run))
    let names = (try? FileManager.default.contentsOfDirectory(atPath: source)) ?? []
    for name in names where name != "lock" {
      try Files.makeFolder(place)
      do {
        try FileManager.default.copyItem(atPath: "\(source)/\(name)", toPath: "\(place)/\(name)")
      } catch { throw StorageError.file("copy", "\(source)/\(name)", error) }
    }
  }
}

/// What a copied database names.
private struct BackupContents {
  let objects: [String]
  let runs: [String]

  init(path: String) throws {
    do {
      var configuration = Configuration()
      configuration.readonly = true
      let queue = try DatabaseQueue(path: path, configuration: configuration)
      (objects, runs) = try queue.read { db in
        (
          try String.fetchAll(
            db, sql: "SELECT sha256 FROM object WHERE \(Store.isNeeded) ORDER BY sha256"),
          try String.fetchAll(db, sql: "SELECT id FROM run ORDER BY id")
        )
      }
      try queue.close()
    } catch { throw StorageError.database(path, error) }
  }
}
