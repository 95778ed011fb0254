import TestSupport

/// A file that is gone when the test ends.
final class TemporaryFile {
  private let folder: TemporaryFolder
  let path: String

  init(_ bytes: some Sequence<UInt8>) throws {
    folder = try TemporaryFolder()
    path = try folder.write("rows.jsonl", bytes)
  }

  convenience init(_ lines: String...) throws {
    try self.init(lines.map { $0 + "\n" }.joined().utf8)
  }
}
