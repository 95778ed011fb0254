import Testing

@testable import Datasets

@Suite("Lines")
struct LineSplitterTests {
  private func lines(_ text: [UInt8], block: Int, maximum: Int = 100) -> [String] {
    var splitter = LineSplitter(maximumLength: maximum)
    var lines: [String] = []
    let add: (Int, UnsafeBufferPointer<UInt8>?) -> Void = { number, line in
      lines.append("\(number):" + (line.map { String(decoding: $0, as: UTF8.self) } ?? "too long"))
    }
    for start in stride(from: 0, to: text.count, by: block) {
      text[start..<min(start + block, text.count)].withUnsafeBufferPointer {
        splitter.feed($0, add)
      }
    }
    splitter.finish(add)
    return lines
  }

  @Test("any block size gives the same lines", arguments: [1, 2, 3, 5, 100])
  func blocks(size: Int) {
    let text = Array("\u{FEFF}a\r\n\n  \nb\r\n\r\n\u{E9}\n\u{FEFF}c".utf8)
    #expect(lines(text, block: size) == ["1:a", "4:b", "6:\u{E9}", "7:\u{FEFF}c"])
  }

  @Test("a line over the limit is named and the next one is whole", arguments: [1, 4, 1000])
  func tooLong(size: Int) {
    let text = Array(("ok\n" + String(repeating: "x", count: 50) + "\nend").utf8)
    #expect(lines(text, block: size, maximum: 10) == ["1:ok", "2:too long", "3:end"])
  }

  @Test("no text has no lines, a last line needs no end")
  func ends() {
    #expect(lines([], block: 1).isEmpty)
    #expect(lines(Array("\n\n".utf8), block: 1).isEmpty)
    #expect(lines(Array("a".utf8), block: 1) == ["1:a"])
  }
}
