import Foundation
import Testing

@testable import Datasets

@Suite("Columns of a file")
struct ColumnTests {
  private let row = #"{"task": "Sort.", "data": "b a", "Level": 2, "empty": ""}"#

  @Test("a field map puts columns together; what is empty takes its separator with it")
  func joined() throws {
    let file = try TemporaryFile(row, #"{"task": "Sing.", "data": null}"#)
    let fields = ["prompt": "{task}\n\n{data}"]
    #expect(
      try auto(file, fields: fields).map(\.prompt) == [.text("Sort.\n\nb a"), .text("Sing.")])
    let three = ["prompt": "{empty} / {task} / {Level}."]
    #expect(try auto(try TemporaryFile(row), fields: three)[0].prompt == .text("Sort. / 2."))
  }

  @Test("an entry of `fields` that no row has is an error")
  func unknown() throws {
    let file = try TemporaryFile(#"{"prompt": "p"}"#, #"{"prompt": "q", "gold": 1}"#)
    #expect(
      message(file, fields: ["answer": "nosuch"])
        == "F: fields: { answer: ... } names 'nosuch', which no row has; the first has the keys "
        + "'prompt'")
    #expect(
      message(file, fields: ["type": "kind.of"]).contains("names 'kind.of', which no row has"))
    #expect(message(file, fields: ["prompt": "{prompt} {more}"]).contains("names 'more', which"))
    #expect(try auto(file, fields: ["answer": "gold"]).map(\.gold) == [nil, "1"])
  }

  @Test("such an entry is what is told where a reader of the rows fails for want of the column")
  func unknownFirst() throws {
    struct Lack: Error {}
    let file = try TemporaryFile(#"{"prompt": "p"}"#, #"{"prompt": "q", "reply": "r"}"#)
    var options = DatasetOptions()
    options.file = file.path
    func read(_ column: String) throws {
      options.fields = ["completion": column]
      _ = try Dataset.each(options, seed: 1) { if $0.completion == nil { throw Lack() } }
    }
    let error = #expect(throws: DatasetError.self) { try read("nosuch") }
    #expect(error?.message.contains("names 'nosuch', which no row has") == true)
    #expect(throws: Lack.self) { try read("reply") }
  }

  @Test("templates hold columns; one that no row has is an error, LaTeX's braces are not")
  func templates() throws {
    let file = try TemporaryFile(row)
    func prompt(_ template: String) throws -> Prompt {
      try auto(file, fields: ["prompt": "task"]) { $0.promptTemplate = template }[0].prompt
    }
    #expect(try prompt("{Level}: {prompt} {data}") == .text("2: Sort. b a"))
    #expect(
      try prompt(#"{prompt} \boxed{ANSWER} \frac{A}{B}"#)
        == .text(#"Sort. \boxed{ANSWER} \frac{A}{B}"#))
    let error = #expect(throws: DatasetError.self) { try prompt("{prompt} {Column}") }
    #expect(error?.message == "the row has no 'Column', which prompt_template needs")
    #expect(error?.line == 1)
    #expect(
      throws: DatasetError("prompt_template: unknown placeholder '{promt}'; did you mean 'prompt'?")
    ) { try prompt("{promt}") }
  }
}

@Suite("Files that are no JSON lines")
struct ForeignFileTests {
  private func message(_ bytes: [UInt8]) throws -> String {
    let file = try TemporaryFile(bytes)
    do {
      _ = try FileShape.detect(path: file.path, fields: [:])
      return "no error"
    } catch {
      return "\(error)".replacing(file.path.dropLast(".jsonl".count), with: "F")
    }
  }

  @Test(
    "are refused with what they are and how to convert them",
    arguments: [
      ([0x1F, 0x8B, 8, 0], "F.jsonl: the file is gzip, not JSONL; unpack it with `gunzip -k"),
      (Array("PAR1 ".utf8), "F.jsonl: the file is Parquet, not JSONL; convert it with `python3 -c"),
      (Array("ARROW1".utf8), "the file is Arrow, not JSONL"),
      ([0xFF, 0xFE, 0x7B, 0], "the file is UTF-16, not UTF-8; convert it with `iconv -f UTF-16"),
      ([0x7B, 0, 0x22, 0, 0x61, 0], "the file is UTF-16, not UTF-8"),
      (Array("{\"a\": 1}\r{\"a\": 2}\r".utf8), "the lines end in CR instead of LF; convert them"),
      (Array("[{\"a\": 1}, {\"a\": 2}]".utf8), "the file is one JSON array, not JSON lines"),
      (Array("[\n  {\n    \"a\": 1\n  }\n]\n".utf8), "the file is one JSON array, not JSON lines"),
      (Array("{\n  \"a\": 1,\n  \"b\": 2\n}\n".utf8), "an object spans several lines"),
      (Array("a,b\n1,2\n".utf8), "the file is CSV, not JSONL"),
      (Array("a\tb\n1\t2\n".utf8), "the file is TSV, not JSONL"),
    ])
  func refused(bytes: [UInt8], words: String) throws {
    #expect(try message(bytes).contains(words))
  }

  @Test("lines that are JSON, or nearly, are no such file")
  func lines() throws {
    for text in [
      "{\"prompt\": 1}", "{\"prompt\": 1}\r\n", "\u{FEFF}{\"prompt\": 1}\n", "",
      "x\n{\"prompt\": 1}\n",
      "[1]\n{\"prompt\": 1}\n", "{\"prompt\": 1,\n{\"prompt\": 2}\n", "{\"prompt\": 1}\r",
    ] {
      #expect(try message(Array(text.utf8)) == "no error", "\(text)")
    }
  }
}
