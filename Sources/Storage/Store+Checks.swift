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
  ///   - progress: told how many objects of how many were looked at.
  public func findings(
    deep: Bool, repair: Bool, progress: (Int, Int) -> Void = { _, _ in }
  ) throws -> [Finding] {
    var findings = try foreignKeyProblems().map { Finding.database($0, workspace) }
    if let kind = FileSystem.network(workspace.folder) {
      findings.append(
        Finding(
          level: .warning, message: "the workspace is on a network file system (\(kind))",
          remedy: "its locks may not hold: let one machine at a time use it"))
    }
    findings += try missingFolders(repair: repair)
    let broken = try brokenObjects(deep: deep, progress)
    findings += try broken.sorted { $0.key < $1.key }.flatMap { digest, problem in
      try consequences(digest, problem, repair: repair)
    }
    let unknown = try unknownFiles()
    if !unknown.isEmpty {
      findings.append(.unknown(unknown))
    } else if let orphans = try collect(dryRun: true), orphans.files > 0 {
      findings.append(
        Finding(
          level: .warning,
          message: "\(orphans.files) files that nothing names (\(orphans.bytes) bytes)",
          remedy: "`regimen gc` deletes them"))
    }
    return findings
  }

  /// Folders of the workspace that are not there; what lay in them is told object by object.
  private func missingFolders(repair: Bool) throws -> [Finding] {
    let missing = workspace.folders.filter { !Files.isFolder($0) }
    if repair, !missing.isEmpty { try workspace.create() }
    return missing.map {
      Finding(
        level: $0 == workspace.objects ? .error : .warning, message: "the folder \($0) is missing",
        remedy: repair
          ? "made again, empty"
          : "bring it back if it was moved; the next run, or --repair, makes it again, empty",
        isMended: repair)
    }
  }

  /// Digests of objects that are missing, of another size, or (`deep`) of other bytes, with the reason.
  func brokenObjects(
    deep: Bool, _ progress: (Int, Int) -> Void
  ) throws -> [String: String] {
    let known = try read { db in
      try Row.fetchAll(db, sql: "SELECT sha256, size FROM object ORDER BY sha256")
        .map { (digest: $0["sha256"] as String, size: $0["size"] as Int) }
    }
    var broken: [String: String] = [:]
    for (index, object) in known.enumerated() {
      switch Files.size(objects.path(object.digest)) {
      case nil: broken[object.digest] = "is missing"
      case object.size:
        if deep, (try? objects.read(object.digest)) == nil {
          broken[object.digest] = "does not hold the bytes that it was written with"
        }
      default: broken[object.digest] = "has another size than it was written with"
      }
      progress(index + 1, known.count)
    }
    return broken
  }

  /// The checkpoints and outputs that an object is part of.
  private func consequences(
    _ digest: String, _ problem: String, repair: Bool
  ) throws -> [Finding] {
    let places = try read { db in
      try Row.fetchAll(
        db,
        sql: """
          WITH part (manifest) AS (SELECT ?1 UNION SELECT manifest FROM manifest_file WHERE sha256 = ?1)
          SELECT run.name || '/' || stage.name AS place, stage.id AS stage, checkpoint.id AS checkpoint,
            'checkpoint of step ' || checkpoint.step AS what
          FROM checkpoint JOIN stage ON stage.id = checkpoint.stage_id JOIN run ON run.id = stage.run_id
          WHERE checkpoint.manifest IN part AND NOT checkpoint.corrupt
          UNION ALL
          SELECT run.name || '/' || stage.name, stage.id, NULL, 'output ' || output.name
          FROM output JOIN stage ON stage.id = output.stage_id JOIN run ON run.id = stage.run_id
          WHERE output.manifest IN part
          """, arguments: [digest]
      ).map {
        (
          place: $0["place"] as String, stage: $0["stage"] as Int64,
          checkpoint: $0["checkpoint"] as Int64?, what: $0["what"] as String
        )
      }
    }
    return try places.map { place in
      if repair { try forget(stage: place.stage, checkpoint: place.checkpoint) }
      let remedy =
        place.checkpoint == nil
        ? "a new run makes it again" : "resume goes on from the checkpoint before it"
      return Finding(
        level: .error,
        message: "\(place.place), \(place.what): object \(digest.prefix(12)) \(problem)",
        remedy: repair ? "set aside; \(remedy)" : "\(remedy); --repair sets it aside now",
        isMended: repair)
    }
  }

  /// A broken checkpoint is not gone on from, a broken output not shared any more; a run that has not
  /// finished makes the output again when it is resumed.
  private func forget(stage: Int64, checkpoint: Int64?) throws {
    try write { db in
      if let checkpoint {
        try db.execute(
          sql: "UPDATE checkpoint SET corrupt = 1 WHERE id = ?", arguments: [checkpoint])
        return
      }
      try db.execute(
        sql: """
          DELETE FROM cache
          WHERE stage_id = (SELECT coalesce(origin_id, id) FROM stage WHERE id = ?)
          """, arguments: [stage])
      try db.execute(
        sql: """
          UPDATE stage SET status = 'pending', origin_id = NULL, step = 0, total_steps = NULL
          WHERE id = ? AND status IN ('succeeded', 'reused')
            AND run_id IN (SELECT id FROM run WHERE status IN ('interrupted', 'failed'))
          """, arguments: [stage])
      guard db.changesCount > 0 else { return }
      try db.execute(sql: "DELETE FROM output WHERE stage_id = ?", arguments: [stage])
    }
  }
}

extension Finding {
  /// Something that SQLite sees, which only a person can mend.
  public static func database(_ problem: String, _ workspace: Workspace) -> Finding {
    Finding(
      level: .error, message: "database: \(problem)",
      remedy: """
        it is malformed; no command should write to it. Copy \(workspace.runs) away, then \
        `sqlite3 \(workspace.database) .recover | sqlite3 recovered.sqlite`, look at recovered.sqlite, and \
        move it to \(workspace.database); files in objects/ are not touched by that
        """)
  }

  static func unknown(_ unknown: UnknownFiles) -> Finding {
    Finding(
      level: unknown.runs.isEmpty ? .warning : .error,
      message: "the database does not know \(unknown.words)",
      remedy: """
        it may be older than the files: bring the newer one back. Resuming an interrupted run takes up what \
        a killed process left; `regimen gc` deletes nothing until then
        """)
  }
}
