import Foundation
import JSON
import Testing

@testable import Datasets

@Suite("Rows as JSONL")
struct RowCodingTests {
  static let rows = [
    Row(
      id: 7, prompt: .text("2+2="), completion: "4", solution: "2+2=4", answer: "4", gold: "4",
      verifier: "numeric", fields: ["level": "1", "note": "a\"b\\c\n\u{2028}é😀"], split: "test"),
    Row(
      id: 8, prompt: .text("p"),
      fields: [
        "tests": .array([.object(["in": "1 2", "out": .number("3.0")]), .array([]), .object([:])]),
        "long": .number("12345678901234567890"), "small": .number("1E-7"), "ok": .bool(false),
        "none": .null,
      ]),
    Row(id: 0, prompt: .text("")),
    Row(
      id: 1,
      prompt: .messages([
        Message(role: "system", content: "s"), Message(role: "user", content: "\u{1}\t"),
      ]),
      completion: "<think>\r\n</think>"),
    Row(id: -3, prompt: .messages([Message(role: "user", content: "u")])),
  ]

  @Test("decoding gives the encoded rows back")
  func roundTrip() throws {
    #expect(try RowCoding.decode(RowCoding.encode(Self.rows), name: "rows") == Self.rows)
  }

  @Test("messages keep all their keys, in their order, and plain ones their bytes")
  func messages() throws {
    let line =
      #"{"id": 1, "prompt": [{"content": "q", "role": "user", "name": "Mara"}], "#
      + #""completion": [{"content": "4", "role": "assistant", "reasoning_content": "so", "#
      + #""tool_calls": [{"name": "f", "b": 1, "a": {"d": null, "c": [true]}}]}], "#
      + #""split": "train", "fields": {"tools": [{"z": 1, "y": 2}]}}"#
      + "\n"
    let rows = try RowCoding.decode(Data(line.utf8), name: "rows")
    #expect(rows[0].completion == "<think>\nso\n</think>\n\n4")
    #expect(rows[0].reply?.furtherKeys == ["reasoning_content", "tool_calls"])
    #expect(String(decoding: RowCoding.encode(rows), as: UTF8.self) == line)
    var changed = rows[0]
    changed.completion = "5"
    #expect(changed.reply == nil)
    let plain = Row(
      id: 2, prompt: .messages([Message(role: "user", content: "q")]), completion: "4")
    #expect(
      String(decoding: RowCoding.encode([plain]), as: UTF8.self)
        == #"{"id": 2, "prompt": [{"content": "q", "role": "user"}], "#
        + #""completion": [{"content": "4", "role": "assistant"}], "split": "train"}"# + "\n")
  }

  @Test("Foundation finds TRL's shapes in the lines")
  func shapes() throws {
    let lines = String(decoding: RowCoding.encode(Self.rows), as: UTF8.self).split(separator: "\n")
    #expect(lines.count == 5)
    let objects = try lines.map {
      try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] ?? [:]
    }
    #expect(objects[0]["prompt"] as? String == "2+2=")
    #expect(objects[0]["completion"] as? String == "4")
    #expect((objects[0]["fields"] as? [String: String])?["note"] == "a\"b\\c\n\u{2028}é😀")
    let tests = (objects[1]["fields"] as? [String: Any])?["tests"] as? [Any]
    #expect((tests?.first as? [String: Any])?["out"] as? Int == 3)
    let turn = (objects[3]["completion"] as? [[String: String]])?.first
    #expect(turn == ["role": "assistant", "content": "<think>\r\n</think>"])
    #expect((objects[3]["prompt"] as? [[String: String]])?.count == 2)
  }

  @Test("written rows can be read as a file of prompts and completions")
  func asFile() throws {
    let file = try TemporaryFile(RowCoding.encode(Self.rows))
    var options = DatasetOptions()
    options.file = file.path
    let rows = try Dataset.load(options, seed: 1).rows
    #expect(rows.map(\.prompt) == Self.rows.map(\.prompt))
    #expect(rows[0].fields["level"] == "1" && rows[0].gold == "4")
    #expect(rows[1].fields["tests"] == Self.rows[1].fields["tests"])
  }

  @Test("a column as deep as a file may have it comes back")
  func deep() throws {
    let deep = String(repeating: "[", count: 63) + String(repeating: "]", count: 63)
    let file = try TemporaryFile(#"{"prompt": "p", "deep": \#(deep)}"#)
    var options = DatasetOptions()
    options.file = file.path
    let rows = try Dataset.load(options, seed: 1).rows
    #expect(try RowCoding.decode(RowCoding.encode(rows), name: "rows") == rows)
  }

  @Test("a broken row is named by file and line")
  func broken() throws {
    let good = RowCoding.encode([Self.rows[0]])
    for (text, message) in [
      (#"{"id": 1}"#, "the key 'prompt' is missing (keys of the line: 'id')"),
      (#"{"id": "x", "prompt": "a"}"#, "'id' is not an integer"),
      ("{", "not JSON: expected a key in double quotes, and the line ends"),
      ("[]", "the row is not a JSON object"),
    ] {
      #expect(throws: DatasetError(path: "rows", line: 2, message)) {
        try RowCoding.decode(good + Data(text.utf8), name: "rows")
      }
    }
  }
}
