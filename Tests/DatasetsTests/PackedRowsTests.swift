import Foundation
import Testing

@testable import Datasets

/// Rows made again from their lines, held against the same rows kept.
@Suite("Rows kept as lines")
struct PackedRowsTests {
  private func lines(_ count: Int) -> String {
    (0..<count).map { index in
      let text = String(repeating: "é\(index) ", count: index % 40)
      return index % 7 == 3
        ? "not JSON \(index)\r\n\n"
        : #"{"prompt": [{"role": "user", "content": "\#(text)?"}], "completion": "\#(index)", "#
          + #""answer": \#(index), "level": \#(index % 3)}"# + (index % 5 == 0 ? "\r\n" : "\n")
    }.joined()
  }

  @Test("the rows of a file come in any order, with split, window, templates and bad lines")
  func file() throws {
    let file = try TemporaryFile("\u{FEFF}\(lines(3000))".utf8)
    var options = DatasetOptions()
    (options.file, options.onBadLine, options.split) = (file.path, .skip, .train)
    (options.offset, options.limit, options.testFraction) = (5, 1900, 0.2)
    options.completionTemplate = "so {answer}"
    let loaded = try Dataset.load(options, seed: 1)
    var seen: [Row] = []
    let packed = try #require(try PackedRows(options) { seen.append($0) })
    #expect(seen == loaded.rows && packed.count == 1900)
    #expect(packed.skipped.count == loaded.skipped)
    try FileManager.default.removeItem(atPath: file.path)
    for index in packed.count.permuted { #expect(try packed.row(index) == loaded.rows[index]) }
  }

  @Test("lines longer than a chunk are kept whole")
  func long() throws {
    let text = String(repeating: "x", count: 3 << 20)
    let file = try TemporaryFile(
      #"{"prompt": "a"}"#, #"{"prompt": "\#(text)"}"#, #"{"prompt": "b"}"#)
    var options = DatasetOptions()
    options.file = file.path
    let packed = try #require(try PackedRows(options) { _ in })
    #expect(try packed.row(1).prompt == .text(text))
    #expect(try packed.row(2).prompt == .text("b") && packed.row(0).prompt == .text("a"))
  }

  @Test("the rows of an artifact come back; a bad line is named")
  func artifact() throws {
    let file = try TemporaryFile(lines(60).utf8)
    var options = DatasetOptions()
    (options.file, options.onBadLine) = (file.path, .skip)
    let rows = try Dataset.load(options, seed: 1).rows
    let packed = try PackedRows(RowCoding.encode(rows), name: "rows") { _ in }
    #expect(packed.count == rows.count)
    for index in packed.count.permuted { #expect(try packed.row(index) == rows[index]) }
    #expect(throws: DatasetError(path: "rows", line: 1, "the row is not a JSON object")) {
      _ = try PackedRows(Data("[]\n".utf8), name: "rows") { _ in }
    }
  }

  @Test("a task has no lines")
  func task() throws {
    var options = DatasetOptions()
    (options.task, options.size) = ("arithmetic", 4)
    let packed = try PackedRows(options) { _ in }
    #expect(packed == nil)
  }
}

extension Int {
  /// The numbers below it in an order that jumps.
  fileprivate var permuted: [Int] { (0..<self).sorted { ($0 * 7919) % self < ($1 * 7919) % self } }
}
