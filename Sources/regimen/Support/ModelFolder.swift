import Foundation

/// A folder that a model's files are written to.
struct ModelFolder {
  let path: String

  init(_ path: String) { self.path = path }

  /// Makes the folder if need be and puts the files there, each complete or not at all; files of
  /// other names stay.
  func write(_ files: [String: Data]) throws {
    do {
      let folder = URL(fileURLWithPath: path, isDirectory: true)
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      for (name, data) in files.sorted(by: { $0.key < $1.key }) {
        try data.write(to: folder.appendingPathComponent(name), options: .atomic)
      }
    } catch {
      throw CommandError(.workspace, "\(path): cannot be written (\(error.localizedDescription))")
    }
  }
}
