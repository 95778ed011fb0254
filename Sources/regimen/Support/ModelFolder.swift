import Foundation
import Host

/// A folder that a model's files are written to.
struct ModelFolder {
  let path: String

  init(_ path: String) { self.path = path }

  /// Makes the folder if need be and puts the files there, each complete or not at all; files of
  /// other names stay.
  func write(_ files: [String: FileContent]) throws {
    do {
      let folder = URL(fileURLWithPath: path, isDirectory: true)
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      for (name, content) in files.sorted(by: { $0.key < $1.key }) {
        try write(content, to: folder.appendingPathComponent(name))
      }
    } catch {
      throw CommandError(.workspace, "\(path): cannot be written (\(error.localizedDescription))")
    }
  }

  private func write(_ content: FileContent, to file: URL) throws {
    if let data = content.held { return try data.write(to: file, options: .atomic) }
    let unfinished = file.appendingPathExtension("\(UUID().uuidString).tmp")
    try Data().write(to: unfinished, options: .withoutOverwriting)
    do {
      let handle = try FileHandle(forWritingTo: unfinished)
      try content.write { try handle.write(contentsOf: $0) }
      try handle.close()
      guard rename(unfinished.path, file.path) == 0 else {
        throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
      }
    } catch {
      try? FileManager.default.removeItem(at: unfinished)
      throw error
    }
  }
}
