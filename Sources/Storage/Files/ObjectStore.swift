public import Foundation
import Synchronization

/// Files named by the SHA-256 of their content, written once and never changed.
///
/// A file is durable before any row names it: temporary file, fsync, rename, fsync of the folder.
public final class ObjectStore: Sendable {
  private let workspace: Workspace
  private let faults: FaultHook
  private let written = Counter()
  /// Objects whose bytes were checked by this process, with the stamp they had then.
  private let verified = Mutex<[String: FileStamp]>([:])

  init(workspace: Workspace, faults: FaultHook) {
    self.workspace = workspace
    self.faults = faults
  }

  /// Where an object lies.
  public func path(_ digest: String) -> String { Self.path(digest, in: workspace) }

  static func path(_ digest: String, in workspace: Workspace) -> String {
    "\(workspace.objects)/\(digest.prefix(2))/\(digest.dropFirst(2))"
  }

  public func contains(_ digest: String, size: Int) -> Bool { Files.size(path(digest)) == size }

  /// Makes `data` durable and returns its digest; an object that is already there is kept if its
  /// bytes are good, and replaced if not.
  @discardableResult
  func put(_ data: Data) throws -> String {
    let digest = FileDigest.of(data)
    let target = path(digest)
    let folder = "\(workspace.objects)/\(digest.prefix(2))"
    if Files.size(target) != data.count || (try? read(digest)) == nil {
      try Files.makeFolder(folder)
      try write(data, digest, to: target)
    }
    // Also for an object that was there: who wrote it may have died before this.
    try Files.syncFolder(folder, faults: faults)
    try Files.syncFolder(workspace.objects, faults: faults)
    return digest
  }

  private func write(_ data: Data, _ digest: String, to target: String) throws {
    let temporary = "\(workspace.temporary)/\(digest)-\(getpid())-\(written.next())"
    do {
      try Files.write(data, to: temporary, faults: faults)
      try Files.move(temporary, to: target, faults: faults)
    } catch {
      // The error that matters is the first; a file left here is swept at the next start.
      _ = unlink(temporary)
      throw error
    }
  }

  /// Makes files and a manifest of them durable.
  func put(
    files: [String: Data], step: Int? = nil, kind: String? = nil, key: String? = nil
  ) throws -> StoredManifest {
    var entries: [String: Manifest.File] = [:]
    for (name, data) in files.sorted(by: { $0.key < $1.key }) {
      entries[name] = Manifest.File(sha256: try put(data), size: data.count)
    }
    let manifest = Manifest(files: entries, step: step, kind: kind, key: key)
    let encoded = try manifest.encoded
    return StoredManifest(digest: try put(encoded), size: encoded.count, manifest: manifest)
  }

  /// The bytes of an object, mapped into memory, checked against its name once a process.
  public func read(_ digest: String) throws -> Data {
    let path = path(digest)
    guard let stamp = FileStamp(path: path) else { throw StorageError.missingObject(digest) }
    let data: Data
    do {
      data = try Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped)
    } catch { throw StorageError.file("read", path, error) }
    if verified.withLock({ $0[digest] }) != stamp {
      guard FileDigest.of(data) == digest else { throw StorageError.corruptObject(digest) }
      verified.withLock { $0[digest] = stamp }
    }
    return data
  }

  public func manifest(_ digest: String) throws -> Manifest {
    try Manifest(encoded: read(digest), digest: digest)
  }

  /// The manifest that a file is, if it is one.
  func manifest(ifSmall digest: String) -> Manifest? {
    guard let size = Files.size(path(digest)), size < 1 << 20 else { return nil }
    return try? manifest(digest)
  }

  /// Whether a manifest and everything it names is there, by size, without reading the content.
  public func isComplete(_ digest: String) -> Bool {
    guard let manifest = try? manifest(digest) else { return false }
    return manifest.files.values.allSatisfy { contains($0.sha256, size: $0.size) }
  }

  func delete(_ digest: String) throws { try Files.delete(path(digest), faults: faults) }

  /// Deletes temporary files of processes that have ended.
  func sweepTemporary() throws {
    for path in try abandonedTemporaries() { try Files.delete(path, faults: faults) }
  }

  /// Temporary files of processes that have ended.
  func abandonedTemporaries() throws -> [String] {
    let folder = workspace.temporary
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.filter { name in
      let parts = name.split(separator: "-")
      guard parts.count == 3, let process = Int32(parts[1]) else { return false }
      return process != getpid() && kill(process, 0) != 0 && errno == ESRCH
    }.map { "\(folder)/\($0)" }
  }

  /// All object files, by their digests.
  func files() throws -> [(digest: String, path: String)] {
    let manager = FileManager.default
    let folders = try manager.contentsOfDirectory(atPath: workspace.objects)
    return try folders.filter { $0.count == 2 }.flatMap { folder in
      try manager.contentsOfDirectory(atPath: "\(workspace.objects)/\(folder)").map {
        (folder + $0, "\(workspace.objects)/\(folder)/\($0)")
      }
    }
  }
}
