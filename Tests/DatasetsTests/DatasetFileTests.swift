import Foundation
import JSON
import Testing

@testable import Datasets

@Suite("Datasets from files")
struct DatasetFileTests {
  private func load(
    _ file: TemporaryFile, _ format: DatasetFormat = .promptCompletion,
    _ change: (inout DatasetOptions) -> Void = { _ in }
  ) throws -> Dataset {
    var options = DatasetOptions()
    options.file = file.path
    options.format = format
    change(&options)
    return try Dataset.load(options, seed: 1)
  }

  /// The message without the folder of the file.
  private func message(
    _ file: TemporaryFile, _ format: DatasetFormat = .promptCompletion,
    _ change: (inout DatasetOptions) -> Void = { _ in }
  ) -> String {
    do {
      _ = try load(file, format, change)
      return "no error"
    } catch {
      return "\(error)".replacing(file.path, with: "F")
    }
  }

  @Test("prompt and completion, with everything that may stand beside them")
  func promptCompletion() throws {
    let file = try TemporaryFile(
      #"{"prompt": "2+2", "completion": "4"}"#,
      #"{"prompt": "2+3", "answer": 5.0, "solution": "count", "verifier": "boxed", "level": 2, "ok": true}"#,
      #"{"prompt": [{"role": "user", "content": "hi"}], "completion": [{"role": "assistant", "content": "hello"}]}"#,
      #"{"prompt": "x", "answer": null, "completion": null}"#)
    let rows = try load(file).rows
    #expect(rows.map(\.id) == [1, 2, 3, 4])
    #expect(rows[0].completion == "4" && rows[0].gold == nil && rows[0].verifier == nil)
    #expect(rows[1].answer == "5" && rows[1].gold == "5" && rows[1].verifier == "boxed")
    #expect(rows[1].fields == ["level": .number("2"), "ok": .bool(true)])
    #expect(rows[1].texts == ["level": "2", "ok": "true"])
    #expect(rows[1].completion == "count\n#### 5")
    #expect(rows[2].prompt == .messages([Message(role: "user", content: "hi")]))
    #expect(rows[2].completion == "hello")
    #expect(rows[3].completion == nil && rows[3].gold == nil)
  }

  @Test("columns stay as the file writes them, and read as text where they are scalars")
  func columns() throws {
    let file = try TemporaryFile(
      #"{"prompt": "p", "n": 3.50, "big": 12345678901234567890, "e": 1E5, "ok": true, "none": null, "tests": [{"in": "1 2"}], "type": 4, "fields": {"n": 5, "own": [1]}}"#,
      #"{"prompt": "p", "fields": [1, 2], "level": 2}"#)
    let rows = try load(file) { $0.fields = ["difficulty": "level"] }.rows
    #expect(
      rows[0].fields == [
        "n": .number("5"), "big": .number("12345678901234567890"), "e": .number("1E5"),
        "ok": .bool(true), "none": .null, "tests": .array([.object(["in": "1 2"])]),
        "type": .number("4"), "own": .array([.number("1")]),
      ])
    #expect(
      rows[0].texts == [
        "n": "5", "big": "12345678901234567890", "e": "1E5", "ok": "true", "type": "4",
      ])
    #expect(
      rows[1].fields == [
        "fields": .array([.number("1"), .number("2")]), "level": .number("2"),
        "difficulty": .number("2"),
      ])
  }

  @Test("GSM8K's solutions lose their marks, the last line is the answer")
  func gsm8k() throws {
    let file = try TemporaryFile(
      #"{"question": "How many?", "answer": "She sold 8/2 = <<8/2=4>>4 clips.\nThen 8+4=<<8+4=12>>12.\n#### 1,012"}"#
    )
    let row = try #require(try load(file, .gsm8k).rows.first)
    #expect(row.prompt == .text("How many?"))
    #expect(row.solution == "She sold 8/2 = 4 clips.\nThen 8+4=12.")
    #expect(row.answer == "1,012" && row.gold == "1,012" && row.verifier == "numeric")
  }

  @Test("MAWPS targets are numbers in their shortest spelling")
  func mawps() throws {
    let file = try TemporaryFile(
      #"{"input": "a", "target": 43.0}"#, #"{"input": "b", "target": 39}"#,
      #"{"input": "c", "target": 0.250}"#, #"{"input": "d", "target": "7"}"#,
      #"{"input": "e", "target": 100}"#, #"{"input": "f", "target": 100.0}"#)
    #expect(try load(file, .mawps).rows.map(\.gold) == ["43", "39", "0.25", "7", "100", "100"])
  }

  @Test("conversations end in the answer, or ask for one; plain text has no prompt")
  func conversations() throws {
    let file = try TemporaryFile(
      #"{"messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "u"}, {"role": "assistant", "content": "a"}]}"#,
      #"{"messages": [{"role": "user", "content": "u"}]}"#)
    let rows = try load(file, .conversational).rows
    let messages = [Message(role: "system", content: "s"), Message(role: "user", content: "u")]
    #expect(rows[0].prompt == .messages(messages) && rows[0].completion == "a")
    #expect(rows[1].completion == nil)
    let text = try load(try TemporaryFile(#"{"text": "once upon"}"#), .text).rows
    #expect(text.first?.prompt == .text("") && text.first?.completion == "once upon")
  }

  @Test("a field map renames keys, and the renamed ones are no further fields")
  func fieldMap() throws {
    let file = try TemporaryFile(
      #"{"problem": "p", "final": "\\frac12", "subject": "Algebra", "answer": "other"}"#)
    let rows = try load(file) {
      $0.fields = ["prompt": "problem", "answer": "final"]
      $0.verifier = "boxed"
    }.rows
    #expect(rows[0].prompt == .text("p") && rows[0].gold == "\\frac12")
    #expect(rows[0].verifier == "boxed")
    #expect(rows[0].fields["subject"] == "Algebra" && rows[0].fields["problem"] == nil)
  }

  @Test("byte-order mark, CRLF, blank lines and a missing last line end")
  func lineEnds() throws {
    let text = "\u{FEFF}{\"prompt\": \"a\"}\r\n\r\n\n{\"prompt\": \"b\"}\n   \n{\"prompt\": \"c\"}"
    #expect(try load(try TemporaryFile(text.utf8)).rows.map(\.id) == [1, 4, 6])
  }

  @Test("mistakes in lines name the file, the line and the key")
  func mistakes() throws {
    let good = #"{"prompt": "a"}"#
    let cases: [(String, String)] = [
      (#"{"prompt": 3}"#, "F:2: 'prompt' is a number, not a string or a list of messages"),
      (
        #"{"promt": "a"}"#,
        "F:2: the key 'prompt' is missing (keys of the line: 'promt'); `fields` of the dataset's entry "
          + "maps other keys"
      ),
      (#"{"prompt": "a", "answer": [1]}"#, "F:2: 'answer' is a list, not a string or a number"),
      (#"{"prompt": "a", "completion": 1}"#, "F:2: 'completion' is a number, not a string"),
      (
        #"{"prompt": []}"#,
        "F:2: 'prompt' is an empty list; a conversation has at least one message"
      ),
      (
        #"{"prompt": [{"role": 3, "content": "a"}]}"#,
        "F:2: 'prompt[0].role' is a number, not a role"
      ),
      (
        #"{"prompt": [{"role": "user"}]}"#,
        "F:2: 'prompt[0].content' is missing, not a string or a list of texts"
      ),
      (
        #"{"prompt": [{"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "image"}]}]}"#,
        "F:2: 'prompt[0].content[1].type' is 'image'; only parts of type 'text' can be used here"
      ),
      (
        #"{"prompt": [{"role": "user", "content": "a"}], "tools": 3}"#,
        "F:2: 'tools' is a number, not a list"
      ),
      (#"["a"]"#, "F:2: the line is a list, not an object"),
      (
        #"{"prompt": "é", "#,
        "F:2:17: not JSON: expected a key in double quotes, and the line ends"
      ),
      (#"{"prompt": "a"} {"prompt": "b"}"#, "F:2:17: not JSON: text after the value"),
    ]
    for (line, expected) in cases {
      let found = message(try TemporaryFile(good, line))
      #expect(found == expected)
    }
    let invalid = Array(good.utf8) + [0x0A] + Array(#"{"prompt": ""#.utf8) + [0xFF, 0x22, 0x7D]
    #expect(message(try TemporaryFile(invalid)) == "F:2: the line is not UTF-8")
  }

  @Test("GSM8K rows without an answer line are mistakes")
  func gsm8kMistakes() throws {
    let none = try TemporaryFile(#"{"question": "q", "answer": "72"}"#)
    #expect(message(none, .gsm8k).hasPrefix("F:1: 'answer' has no line '#### ANSWER'; if it is"))
    let empty = try TemporaryFile(#"{"question": "q", "answer": "a\n#### "}"#)
    #expect(message(empty, .gsm8k) == "F:1: 'answer' ends after '####'")
    let assistant = try TemporaryFile(#"{"messages": [{"role": "assistant", "content": "a"}]}"#)
    #expect(
      message(assistant, .conversational)
        == "F:1: 'messages' has no message of the user before the answer")
  }

  @Test("a file that is not there, a folder and a file without rows are mistakes")
  func noFile() throws {
    var options = DatasetOptions()
    options.file = "/nowhere/data.jsonl"
    #expect(throws: DatasetError(path: "/nowhere/data.jsonl", "no such file")) {
      try Dataset.load(options, seed: 1)
    }
    options.file = FileManager.default.temporaryDirectory.path()
    #expect(throws: DatasetError.self) { try Dataset.load(options, seed: 1) }
    let blank = try TemporaryFile("", " ")
    #expect(message(blank) == "F: no rows are left after split, offset, limit and 0 bad lines")
    let bad = try TemporaryFile("x")
    #expect(
      message(bad) { $0.onBadLine = .skip }
        == "F: no rows are left after split, offset, limit and 1 bad lines; the first bad line: "
        + "F:1:1: not JSON: expected a value")
  }

  @Test("on_bad_line: skip leaves bad lines out and counts them")
  func skip() throws {
    let lines = (0..<40).map { $0 % 2 == 0 ? "{\"prompt\": \"\($0)\"}\n" : "{\"promt\": 1}\n" }
    let dataset = try load(try TemporaryFile(lines.joined().utf8)) { $0.onBadLine = .skip }
    #expect(dataset.rows.count == 20 && dataset.skipped == 20)
    #expect(dataset.skippedReasons.count == 10 && dataset.skippedReasons[0].line == 2)
  }

  @Test("offset and limit count rows behind the split; lines after them are not read")
  func window() throws {
    let lines = (0..<10).map { "{\"prompt\": \"\($0)\"}\n" }.joined() + "broken\n"
    let file = try TemporaryFile(lines.utf8)
    let rows = try load(file) {
      $0.offset = 2
      $0.limit = 3
    }.rows
    #expect(rows.map(\.prompt) == ["2", "3", "4"].map(Prompt.text))
    #expect(message(file) == "F:11:1: not JSON: expected a value")
  }
}

@Suite("Splits of files")
struct SplitTests {
  private func prompts(_ file: TemporaryFile, _ split: DatasetSplit, _ fraction: Double) throws
    -> [Prompt]
  {
    var options = DatasetOptions()
    options.file = file.path
    options.split = split
    options.testFraction = fraction
    return try Dataset.load(options, seed: 1).rows.map(\.prompt)
  }

  @Test("train and test are disjoint, together all, and near the fraction")
  func sides() throws {
    let lines = (0..<4000).map { "{\"prompt\": \"question number \($0)?\"}\n" }
    let file = try TemporaryFile(lines.joined().utf8)
    let train = Set(try prompts(file, .train, 0.2))
    let test = Set(try prompts(file, .test, 0.2))
    #expect(train.isDisjoint(with: test))
    #expect(train.union(test) == Set(try prompts(file, .all, 0.2)))
    // Binomial(4000, 0.2) has a standard deviation of 25.
    #expect(abs(test.count - 800) < 125)
    let shuffled = try TemporaryFile(lines.reversed().joined().utf8)
    #expect(Set(try prompts(shuffled, .test, 0.2)) == test)
    #expect(Set(try prompts(file, .test, 0.1)).isSubset(of: test))
  }

  @Test("copies that differ in spaces, case or punctuation are on one side")
  func copies() {
    for i in 0..<200 {
      let a = Split.side(of: .text("Joan found \(i) shells . She"), text: nil, testFraction: 0.5)
      let b = Split.side(of: .text("joan found \(i) shells. she!"), text: nil, testFraction: 0.5)
      #expect(a == b)
    }
  }

  @Test("the side of a row never changes from one version to the next")
  func golden() {
    // FNV-1a and SplitMix64's finalizer of "row0", "row1" ..., worked out in Python.
    let sides = (0..<12).map {
      Split.side(of: .text("row \($0)"), text: nil, testFraction: 0.5) == "test" ? "1" : "0"
    }
    #expect(sides.joined() == "010001000010")
  }
}
