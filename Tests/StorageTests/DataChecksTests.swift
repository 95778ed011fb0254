import Foundation
import TestSupport
import Testing

@testable import Storage

@Suite("Checks of data are remembered") struct DataChecksTests {
  @Test("before and after there is a workspace, each folder its own")
  func early() throws {
    let temporary = try TemporaryFolder()
    let folders = ["a", "b"].map { Workspace(temporary.path($0)) }
    defer {
      for folder in folders { try? FileManager.default.removeItem(atPath: folder.earlyChecks) }
    }
    let checks = folders.map { DataChecks($0) }
    #expect(checks[0].notes(of: "a") == nil)
    checks[0].remember("a", notes: ["n"])
    #expect(!FileManager.default.fileExists(atPath: folders[0].folder))
    #expect(checks[0].notes(of: "a") == ["n"] && checks[1].notes(of: "a") == nil)
    let store = try Store(workspace: folders[0])
    let later = DataChecks(store.workspace)
    #expect(later.notes(of: "a") == ["n"])
    later.remember("b", notes: [])
    #expect(later.notes(of: "b") == [] && later.notes(of: "c") == nil)
    #expect(FileManager.default.fileExists(atPath: folders[0].checks))
  }
}
