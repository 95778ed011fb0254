public import Foundation
public import Host
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
    try keep(digest, size: data.count) { try newFile(FileContent(data)) }
    return digest
  }

  /// Makes files and a manifest of them durable.
  ///
  /// - Parameter taken: called when all bytes of the files have been read.
  func put(
    files: [String: FileContent], step: Int? = nil, kind: String? = nil, key: String? = nil,
    taken: () -> Void = {}
  ) throws -> StoredManifest {
    let files = files.sorted { $0.key < $1.key }
    // What is not held in memory as it is may change behind `taken`: it is written before anything is synced.
    let written = try files.map { $0.value.held == nil ? try newFile($0.value) : nil }
    taken()
    var entries: [String: Manifest.File] = [:]
    for ((name, content), file) in zip(files, written) {
      if let file { try keep(file.digest, size: file.size) { file } }
      let digest = try file?.digest ?? put(content.data())
      entries[name] = Manifest.File(sha256: digest, size: content.size)
    }
    let manifest = Manifest(files: entries, step: step, kind: kind, key: key)
    let encoded = try manifest.encoded
    return StoredManifest(digest: try put(encoded), size: encoded.count, manifest: manifest)
  }

  private func newFile(_ content: FileContent) throws -> NewFile {
    try NewFile(
      content, at: "\(workspace.temporary)/new-\(getpid())-\(written.next())", faults: faults)
  }

  /// Makes an object durable: the one that is there if its bytes are good, else a new file.
  private func keep(_ digest: String, size: Int, _ file: () throws -> NewFile) throws {
    let target = path(digest)
    let folder = "\(workspace.objects)/\(digest.prefix(2))"
    if Files.size(target) != size || (try? verify(digest)) == nil {
      try Files.makeFolder(folder)
      try file().move(to: target)
    }
    // Also for an object that was there: who wrote it may have died before this.
    try Files.syncFolder(folder, faults: faults)
    try Files.syncFolder(workspace.objects, faults: faults)
  }

  /// Checks the bytes of an object against its name, once a process; they are not kept in memory.
  func verify(_ digest: String) throws {
    let path = path(digest)
    guard let stamp = FileStamp(path: path) else { throw StorageError.missingObject(digest) }
    if verified.withLock({ $0[digest] }) == stamp { return }
    guard try FileDigest.file(path) == digest else { throw StorageError.corruptObject(digest) }
    verified.withLock { $0[digest] = stamp }
  }

  /// The bytes of an object, mapped into memory, checked against its name once a process.
  public func read(_ digest: String) throws -> Data {
    try verify(digest)
    let path = path(digest)
    do {
      return try Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped)
    } catch { throw StorageError.file("read", path, error) }
  }

  /// An object whose bytes are checked and mapped when they are asked for.
  public func content(_ digest: String) throws -> FileContent {
    guard let size = Files.size(path(digest)) else { throw StorageError.missingObject(digest) }
    return FileContent(size: size) { [self] in try read(digest) }
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
