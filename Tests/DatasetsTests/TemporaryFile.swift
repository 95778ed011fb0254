import Foundation

/// A file that is gone when the test ends.
final class TemporaryFile {
  let path: String

  init(_ bytes: some Sequence<UInt8>) throws {
    let name = "regimen-\(UUID().uuidString).jsonl"
    path = FileManager.default.temporaryDirectory.appending(path: name).path()
    try Data(Array(bytes)).write(to: URL(filePath: path))
  }

  convenience init(_ lines: String...) throws {
    try self.init(lines.map { $0 + "\n" }.joined().utf8)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
