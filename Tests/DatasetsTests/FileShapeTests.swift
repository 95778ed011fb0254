import Foundation
import JSON
import Testing

@testable import Datasets

/// A file as `format: auto` reads it.
func auto(
  _ file: TemporaryFile, fields: [String: String] = [:],
  _ change: (inout DatasetOptions) -> Void = { _ in }
) throws -> [Row] {
  let shape = try FileShape.detect(path: file.path, fields: fields)
  var options = DatasetOptions()
  options.file = file.path
  options.format = shape.format
  options.fields = fields.merging(shape.fields) { own, _ in own }
  options.finalAnswer = shape.finalAnswer
  change(&options)
  return try Dataset.load(options, seed: 1).rows
}

func message(_ file: TemporaryFile, fields: [String: String] = [:]) -> String {
  do {
    _ = try auto(file, fields: fields)
    return "no error"
  } catch {
    return "\(error)".replacing(file.path, with: "F")
  }
}

@Suite("The shape of a file")
struct FileShapeTests {
  @Test(
    "is found by the keys of its first row",
    arguments: [
      (#"{"prompt": "a"}"#, FileShape(.promptCompletion)),
      (#"{"messages": []}"#, FileShape(.conversational)),
      (
        #"{"problem": "p", "solution": "\\boxed{4}", "messages": []}"#,
        FileShape(.conversational, finalAnswer: "solution")
      ),
      (
        #"{"problem": "p", "solution": "s", "answer": "4", "messages": []}"#,
        FileShape(.conversational, finalAnswer: "answer")
      ),
      (#"{"messages": [], "answer": "4"}"#, FileShape(.conversational)),
      (#"{"question": "q", "answer": "a"}"#, FileShape(.gsm8k)),
      (#"{"input": "i", "target": 1}"#, FileShape(.mawps)), (#"{"text": "t"}"#, FileShape(.text)),
      (#"{"problem": "p", "answer": "1", "solution": "s"}"#, FileShape(.math)),
      (
        #"{"prompt": "p", "solution": "42"}"#, FileShape(.promptCompletion, finalAnswer: "solution")
      ),
      (#"{"prompt": "p", "solution": "42", "answer": "4"}"#, FileShape(.promptCompletion)),
      (#"{"prompt": "p", "solution": "w", "completion": "c"}"#, FileShape(.promptCompletion)),
      (
        #"{"prompt": "p", "reward_model": {"style": "rule", "ground_truth": 7}}"#,
        FileShape(.promptCompletion, finalAnswer: "reward_model.ground_truth")
      ),
      (
        #"{"prompt": "p", "reward_model": {"ground_truth": ["a", "b"]}}"#,
        FileShape(.promptCompletion)
      ),
      (#"{"problem": "p", "solution": "so \\boxed{4}", "source": "x"}"#, FileShape(.math)),
      (#"{"problem": "p", "solution": "4"}"#, FileShape(.math)),
      (#"{"instruction": "i", "input": "", "output": "o"}"#, FileShape(.alpaca)),
      (#"{"conversations": [], "id": 1}"#, FileShape(.sharegpt)),
      (
        #"{"query": "q", "response": "r"}"#,
        FileShape(.promptCompletion, fields: ["prompt": "query", "completion": "response"])
      ),
      (
        #"{"prompt": "p", "messages": [], "chosen": [], "rejected": []}"#,
        FileShape(.preference)
      ),
      ("", FileShape(.text)),
    ])
  func shapes(line: String, shape: FileShape) throws {
    let file = try TemporaryFile("not JSON", line, #"{"text": "later"}"#)
    #expect(try FileShape.detect(path: file.path, fields: [:]) == shape)
  }

  @Test("what the recipe maps goes before what the keys suggest")
  func mapped() throws {
    let file = try TemporaryFile(#"{"prompt": "p", "solution": "work", "n": 4}"#)
    let shape = try FileShape.detect(path: file.path, fields: ["answer": "n"])
    #expect(shape == FileShape(.promptCompletion))
    let turns = try TemporaryFile(#"{"turns": [{"role": "user", "content": "u"}], "level": 1}"#)
    #expect(
      try FileShape.detect(path: turns.path, fields: ["messages": "turns"])
        == FileShape(.conversational))
    #expect(try auto(turns, fields: ["messages": "turns"]).count == 1)
  }

  @Test("unknown keys: what was seen, what each format needs, what to write")
  func unknown() throws {
    let words = message(try TemporaryFile(#"{"title": "t", "reply": "r"}"#))
    #expect(words.hasPrefix("F:1: format: auto does not know rows with the keys 'reply', 'title'."))
    #expect(words.contains("math (problem, and answer or solution), preference (chosen, rejected)"))
    #expect(words.contains("fields: { prompt: title, completion: reply }"))
    let steps = message(
      try TemporaryFile(#"{"prompt": "p", "completions": ["a", "b"], "labels": [true, false]}"#))
    #expect(steps.hasPrefix("F:1: these are steps with one label each (stepwise supervision"))
  }
}
