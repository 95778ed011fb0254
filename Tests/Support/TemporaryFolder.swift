public import Foundation

/// A folder of a test's own, gone when the test ends.
public final class TemporaryFolder: Sendable {
  public let url: URL
  public var path: String { url.path }

  /// - Parameter inMemory: in memory where the system has such a place, for small files.
  public init(inMemory: Bool = true) throws {
    let files = FileManager.default
    let memory = URL(filePath: "/dev/shm", directoryHint: .isDirectory)
    let base =
      inMemory && files.isWritableFile(atPath: memory.path) ? memory : files.temporaryDirectory
    url = base.appending(path: "regimen-\(UUID().uuidString)")
    try files.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  /// The path of something in it.
  public func path(_ name: String) -> String { url.appending(path: name).path }

  /// Writes a file, and the folders that it lies in; returns its path.
  @discardableResult
  public func write(_ name: String, _ bytes: some Sequence<UInt8>) throws -> String {
    let file = url.appending(path: name)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: file)
    return file.path
  }

  /// Writes lines of text, each with its end.
  @discardableResult
  public func write(_ name: String, lines: String...) throws -> String {
    try write(name, lines.map { $0 + "\n" }.joined().utf8)
  }
}
