import Foundation
import Host
import Synchronization
import Testing

@testable import Storage

@Suite struct ObjectStoreTests {
  private let temporary: TemporaryWorkspace
  private let store: Store

  init() throws {
    temporary = try TemporaryWorkspace()
    store = try temporary.open()
  }

  private var objects: ObjectStore { store.objects }

  @Test("an object is named by its SHA-256, read-only, and written once")
  func puts() throws {
    let digest = try objects.put(Data("abc".utf8))
    // FIPS 180-2, appendix B.1.
    #expect(digest == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    let path = objects.path(digest)
    #expect(path.hasSuffix("/objects/ba/\(digest.dropFirst(2))"))
    let stamp = FileStamp(path: path)
    #expect(try objects.put(Data("abc".utf8)) == digest)
    #expect(FileStamp(path: path) == stamp)
    #expect(try objects.read(digest) == Data("abc".utf8))
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
    #expect(mode as? Int == 0o444)
    let left = try FileManager.default.contentsOfDirectory(atPath: temporary.workspace.temporary)
    #expect(left.isEmpty)
  }

  @Test("a changed byte and a missing file are noticed")
  func verifies() throws {
    let digest = try objects.put(Data(repeating: 7, count: 1000))
    try spoil(digest)
    #expect(storageError { _ = try objects.read(digest) }?.code == .corrupt)
    try FileManager.default.removeItem(atPath: objects.path(digest))
    #expect(storageError { _ = try objects.read(digest) }?.code == .corrupt)
  }

  @Test("what was checked is checked again once the file has changed")
  func forgets() throws {
    let digest = try objects.put(Data(repeating: 7, count: 1000))
    #expect(try objects.read(digest).count == 1000)
    try spoil(digest)
    #expect(storageError { _ = try objects.read(digest) }?.code == .corrupt)
  }

  @Test("an object with wrong bytes is replaced when it is written again")
  func heals() throws {
    let data = Data(repeating: 7, count: 1000)
    let digest = try objects.put(data)
    try spoil(digest)
    try objects.put(data)
    #expect(try objects.read(digest) == data)
  }

  @Test(
    "what is made piece by piece is written once, read before anything is synced, and kept if it is there"
  )
  func streams() throws {
    let order = Mutex<[String]>([])
    let faults = FaultHook { point in order.withLock { $0.append(point.rawValue) } }
    let store = try Store(workspace: temporary.workspace, faults: faults)
    let block = [UInt8](repeating: 7, count: 1_500_000)
    let content = FileContent(size: 3_000_000) { sink in
      for _ in 0..<2 { try block.withUnsafeBytes(sink) }
    }
    let stored = try store.objects.put(files: ["a": content, "b": FileContent([])]) {
      order.withLock { $0.append("taken") }
    }
    let digest = FileDigest.of(Data(block + block))
    #expect(stored.manifest.files["a"]?.sha256 == digest)
    #expect(try store.objects.read(digest) == Data(block + block))
    #expect(
      order.withLock { Array($0.prefix(4)) } == [
        "object-write", "object-write", "taken", "object-sync",
      ])
    let stamp = FileStamp(path: store.objects.path(digest))
    #expect(try store.objects.put(files: ["a": content]).manifest.files["a"]?.sha256 == digest)
    #expect(FileStamp(path: store.objects.path(digest)) == stamp)
    let left = try FileManager.default.contentsOfDirectory(atPath: temporary.workspace.temporary)
    #expect(left.isEmpty)
  }

  @Test("temporary files of processes that ended are swept, those of others are not")
  func sweepsTemporary() throws {
    let folder = temporary.workspace.temporary
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/true")
    try process.run()
    process.waitUntilExit()
    for name in ["aa-\(process.processIdentifier)-1", "bb-1-1", "cc-\(getpid())-1", "note"] {
      try Data().write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
    }
    try objects.sweepTemporary()
    let left = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    #expect(left == ["bb-1-1", "cc-\(getpid())-1", "note"])
  }

  @Test("a manifest is canonical: the same files give the same digest")
  func manifests() throws {
    let files = ["b": FileContent(Data("2".utf8)), "a/x": FileContent(["1"])]
    let stored = try objects.put(files: files, step: 3, kind: "sft", key: "k")
    let text = String(decoding: try objects.read(stored.digest), as: UTF8.self)
    let (one, two) = (FileDigest.of(Data("1".utf8)), FileDigest.of(Data("2".utf8)))
    #expect(
      text == #"{"files":{"a/x":{"sha256":"\#(one)","size":1},"b":{"sha256":"\#(two)","size":1}},"#
        + #""key":"k","kind":"sft","step":3}"#)
    #expect(objects.isComplete(stored.digest))
    try FileManager.default.removeItem(atPath: objects.path(one))
    #expect(!objects.isComplete(stored.digest))
  }

  @Test(
    "a write that fails at any call leaves no object, and works when tried again",
    arguments: [
      FaultPoint.objectWrite, .objectSync, .beforeRename, .afterRename, .folderSync,
    ])
  func fails(point: FaultPoint) throws {
    let faults = Faults(failing: [1]) { $0 == point }
    let store = try Store(workspace: temporary.workspace, faults: faults.hook)
    let data = Data("once more".utf8)
    let error = storageError { try store.objects.put(data) }
    #expect(error?.exitCode == 6)
    #expect(error?.message.contains("No space left on device") == true)
    #expect(try store.objects.put(data) == FileDigest.of(data))
    #expect(try store.objects.read(FileDigest.of(data)) == data)
    let left = try FileManager.default.contentsOfDirectory(atPath: temporary.workspace.temporary)
    #expect(left.isEmpty)
  }

  private func spoil(_ digest: String) throws {
    let path = objects.path(digest)
    try FileManager.default.removeItem(atPath: path)
    try Data(repeating: 8, count: 1000).write(to: URL(fileURLWithPath: path))
  }
}

/// Lets chosen calls fail as on a full disk.
final class Faults: Sendable {
  private let failing: @Sendable (Int) -> Bool
  private let counts: @Sendable (FaultPoint) -> Bool
  private let reached = Mutex(0)

  init(failing: Set<Int>, of counts: @escaping @Sendable (FaultPoint) -> Bool) {
    self.failing = failing.contains
    self.counts = counts
  }

  var hook: FaultHook {
    FaultHook { [self] point in
      guard counts(point) else { return }
      let count = reached.withLock {
        $0 += 1
        return $0
      }
      if failing(count) { throw FileCallError(number: ENOSPC) }
    }
  }
}
