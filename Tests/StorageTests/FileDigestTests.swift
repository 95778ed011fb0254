import Foundation
import GRDB
import Testing

@testable import Storage

@Suite struct FileDigestTests {
  private let temporary: TemporaryWorkspace
  private let store: Store

  init() throws {
    temporary = try TemporaryWorkspace()
    store = try temporary.open()
  }

  private func write(_ name: String, _ text: String, age: Double = 60) throws -> String {
    let path = "\(temporary.workspace.folder)/\(name)"
    try FileManager.default.createDirectory(
      atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSinceNow: -age)], ofItemAtPath: path)
    return path
  }

  private func memos() throws -> Int? {
    try store.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM file_memo") }
  }

  @Test("a file's digest is its content's, whatever its dates")
  func files() throws {
    let path = try write("a.jsonl", "abc")
    let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    #expect(try store.digest(outside: path) == digest)
    #expect(try memos() == 1)
    _ = try write("a.jsonl", "abc", age: 90)
    #expect(try store.digest(outside: path) == digest)
    _ = try write("a.jsonl", "abd")
    #expect(try store.digest(outside: path) != digest)
    #expect(try store.digest(outside: "\(path).missing") == nil)
  }

  @Test("a file changed a moment ago is not remembered")
  func fresh() throws {
    let path = try write("a.jsonl", "abc", age: 0)
    _ = try store.digest(outside: path)
    #expect(try memos() == 0)
  }

  @Test("a folder's digest follows names, contents and nothing else")
  func folders() throws {
    _ = try write("one/a", "1")
    _ = try write("one/deep/b", "2")
    _ = try write("two/deep/b", "2", age: 500)
    _ = try write("two/a", "1")
    let folder = temporary.workspace.folder
    let one = try store.digest(outside: "\(folder)/one")
    #expect(one != nil)
    #expect(try store.digest(outside: "\(folder)/two") == one)
    _ = try write("two/c", "")
    #expect(try store.digest(outside: "\(folder)/two") != one)
    _ = try write("three/a2", "1")
    _ = try write("three/deep/b", "2")
    #expect(try store.digest(outside: "\(folder)/three") != one)
  }

  @Test(
    "a program's digest follows what it may import from beside it; one that stands alone has its own"
  )
  func programs() throws {
    let path = try write("judge/judge.py", "import rules, pack.deep")
    _ = try write("judge/data.jsonl", "1")
    _ = try write("judge/other/unrelated.py", "1")
    let alone = try store.digest(outside: path)
    #expect(try store.digest(outside: path, isProgram: true) == alone)
    var last = alone
    var stamps = try Store.stamps(outside: path, isProgram: true)
    for (name, text) in [
      ("judge/rules.py", "x = 1"), ("judge/rules.py", "x = 22"), ("judge/pack/__init__.py", ""),
      ("judge/pack/deep.py", "y = 1"),
    ] {
      _ = try write(name, text)
      let digest = try store.digest(outside: path, isProgram: true)
      #expect(digest != last && digest != nil)
      let next = try Store.stamps(outside: path, isProgram: true)
      #expect(next != stamps)
      (last, stamps) = (digest, next)
    }
    _ = try write("judge/data.jsonl", "2")
    _ = try write("judge/other/unrelated.py", "2")
    #expect(try store.digest(outside: path, isProgram: true) == last)
    #expect(try store.digest(outside: path) == alone)
    #expect(
      Store.beside(try Store.stamps(outside: path, isProgram: true))
        == ["pack/__init__.py", "pack/deep.py", "rules.py"])
    #expect(try Store.stamps(outside: "/nowhere/judge.py", isProgram: true).isEmpty)
  }

  @Test("stamps show that a file of a folder was changed")
  func stamps() throws {
    let path = try write("one/a", "1")
    let folder = "\(temporary.workspace.folder)/one"
    let before = try Store.stamps(outside: folder)
    #expect(try Store.stamps(outside: folder) == before)
    _ = try write("one/a", "2")
    #expect(try Store.stamps(outside: folder) != before)
    #expect(try Store.stamps(outside: path).count == 1)
  }
}
