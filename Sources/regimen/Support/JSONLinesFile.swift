import Foundation

/// A file of JSON values, one a line, that a flag names.
struct JSONLinesFile {
  let path: String

  init(_ path: String) { self.path = path }

  /// Its rows; a line that does not fit is reported with file and line. Empty lines are skipped.
  func rows<Row: Decodable>(_ type: Row.Type, shape: String) throws -> [Row] {
    let decoder = JSONDecoder()
    return try InputFile.read(path).split(
      separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false
    )
    .enumerated().compactMap { index, line in
      guard line.contains(where: { !" \t\r".utf8.contains($0) }) else { return nil }
      do {
        return try decoder.decode(type, from: Data(line))
      } catch {
        throw CommandError(.badInput, "\(path):\(index + 1): error: not a row of the form \(shape)")
      }
    }
  }
}

/// A file that a flag names.
enum InputFile {
  static func read(_ path: String) throws -> Data {
    if path == "-" { return try FileHandle.standardInput.readToEnd() ?? Data() }
    guard FileManager.default.fileExists(atPath: path) else {
      throw CommandError(.badInput, "\(path): no such file")
    }
    do {
      return try Data(contentsOf: URL(fileURLWithPath: path))
    } catch {
      throw CommandError(.badInput, "\(path): cannot be read (\(error.localizedDescription))")
    }
  }
}
