import Foundation
import JSON
import Settings
import Testing

@testable import Datasets

@Suite("Preference pairs and labels")
struct PreferenceDataTests {
  private func load(
    _ file: TemporaryFile, _ format: DatasetFormat = .preference,
    _ change: (inout DatasetOptions) -> Void = { _ in }
  ) throws -> [Row] {
    var options = DatasetOptions()
    options.file = file.path
    options.format = format
    change(&options)
    return try Dataset.load(options, seed: 1).rows
  }

  static let user = #"{"role": "user", "content": "hi"}"#
  static func assistant(_ text: String) -> String {
    #"{"role": "assistant", "content": "\#(text)"}"#
  }

  @Test("pairs in TRL's three shapes: plain, conversational, and without a prompt of their own")
  func shapes() throws {
    let (good, bad) = (Self.assistant("hello"), Self.assistant("no"))
    let file = try TemporaryFile(
      #"{"prompt": "2+2=", "chosen": "4", "rejected": "5", "margin": 0.5}"#,
      #"{"prompt": [\#(Self.user)], "chosen": [\#(good)], "rejected": [\#(bad)]}"#,
      #"{"chosen": [\#(Self.user), \#(good)], "rejected": [\#(Self.user), \#(bad)]}"#)
    #expect(try FileShape.detect(path: file.path, fields: [:]) == FileShape(.preference))
    let rows = try load(file)
    #expect(rows[0].prompt == .text("2+2=") && rows[0].completion == "4")
    #expect(rows[0].rejected == "5" && rows[0].fields == ["margin": .number("0.5")])
    for row in rows[1...] {
      #expect(row.prompt == .messages([Message(role: "user", content: "hi")]))
      #expect(row.completion == "hello" && row.rejected == "no")
    }
  }

  @Test("dialogues in one text, as HH-RLHF has them")
  func dialogues() throws {
    let start = #"\n\nHuman: hi\n\nAssistant: Hello!\n\nIn: what?\n\nHuman:  human: a\nb "#
    let file = try TemporaryFile(
      #"{"chosen": "\#(start)\n\nAssistant: yes", "rejected": "\#(start)\n\nAssistant:"}"#)
    let row = try #require(try load(file).first)
    #expect(
      row.prompt
        == .messages([
          Message(role: "user", content: "hi"),
          Message(role: "assistant", content: "Hello!\n\nIn: what?"),
          Message(role: "user", content: "human: a\nb"),
        ]))
    #expect(row.completion == "yes" && row.rejected?.isEmpty == true)
  }

  @Test("what is no pair is an error that says why")
  func mistakes() throws {
    let other = #"{"role": "user", "content": "other"}"#
    let good = Self.assistant("hello")
    let lines = [
      (#"{"prompt": "p", "chosen": "4"}"#, "the key 'rejected' is missing"),
      (#"{"prompt": "p", "chosen": 4, "rejected": "5"}"#, "'chosen' is a number, not a string"),
      (
        #"{"chosen": [\#(Self.user), \#(good)], "rejected": [\#(other), \#(good)]}"#,
        "without 'prompt', 'chosen' and 'rejected' must be the same conversation"
      ),
      (
        #"{"chosen": "Human: a\n\nAssistant: b", "rejected": "Human: a\n\nAssistant: c"}"#,
        "'chosen' is neither a list of messages nor a dialogue"
      ),
      (
        #"{"chosen": [\#(good)], "rejected": [\#(good)]}"#,
        "without 'prompt', 'chosen' and 'rejected' must be the same conversation"
      ),
    ]
    for (line, words) in lines {
      let file = try TemporaryFile(line)
      let error = #expect(throws: DatasetError.self) { try load(file) }
      #expect(error?.description.contains(words) == true, "\(line): \(error?.description ?? "")")
      #expect(error?.line == 1)
    }
  }

  @Test("a label makes rows that are judged one by one of a task's pairs")
  func labelledPairs() throws {
    var options = DatasetOptions()
    options.task = "bilingual_chat"
    options.size = 20
    options.completionTemplate = "{final}"
    let pairs = try Dataset.load(options, seed: 4).rows
    #expect(pairs.allSatisfy { $0.rejected != nil && $0.rejected != $0.completion })
    options.label = true
    let labelled = try Dataset.load(options, seed: 4).rows
    #expect(labelled.map(\.completion) == pairs.map(\.completion))
    #expect(labelled.allSatisfy { $0.rejected == nil && $0.label == true })
  }

  @Test("labels are true, false, 1 or 0; anything else stays a field")
  func labels() throws {
    let file = try TemporaryFile(
      #"{"prompt": "p", "completion": "c", "label": true}"#,
      #"{"prompt": "p", "completion": "c", "label": 0}"#,
      #"{"prompt": "p", "completion": "c", "label": "easy"}"#,
      #"{"prompt": "p", "completion": "c"}"#)
    let rows = try load(file, .promptCompletion)
    #expect(rows.map(\.label) == [true, false, nil, nil])
    #expect(rows.map(\.fields) == [[:], [:], ["label": "easy"], [:]])
    let set = try load(file, .promptCompletion) { $0.label = false }
    #expect(set.map(\.label) == [false, false, false, false])
  }

  @Test("what is meant as a label and is none is an error; beside prompts alone it is a column")
  func badLabels() throws {
    func labels(_ label: String, _ change: (inout DatasetOptions) -> Void = { _ in }) throws
      -> [Bool?]
    {
      let line = #"{"prompt": "p", "completion": "c", "label": \#(label)}"#
      return try load(TemporaryFile(line), .promptCompletion, change).map(\.label)
    }
    #expect(try labels("1.0") == [true] && labels("0.0") == [false] && labels("null") == [nil])
    for (label, words) in [
      (#""true""#, "a string, 'true',"), ("0.5", "a number, '0.5',"), ("2", "a number, '2',"),
      (#""No""#, "a string, 'No',"),
    ] {
      let error = #expect(throws: DatasetError.self) { try labels(label) }
      #expect(error?.line == 1)
      #expect(error?.message.hasPrefix("'label' is \(words) not true or false") == true)
      #expect(try labels(label) { $0.label = true } == [true])
    }
    #expect(throws: DatasetError.self) { try labels(#""easy""#) { $0.fields = ["label": "label"] } }
    let prompts = try TemporaryFile(#"{"prompt": "p", "label": 2}"#)
    #expect(try load(prompts, .promptCompletion).map(\.fields) == [["label": .number("2")]])
  }

  @Test("templates make pairs of a task's problems")
  func templates() throws {
    var options = DatasetOptions()
    options.task = "arithmetic"
    options.size = 5
    options.completionTemplate = "<think>{solution}</think>{answer}"
    options.rejectedTemplate = "{answer}!"
    for row in try Dataset.load(options, seed: 3).rows {
      let answer = try #require(row.answer)
      #expect(row.completion == "<think>\(row.solution ?? "")</think>\(answer)")
      #expect(row.rejected == "\(answer)!")
    }
    options.rejectedTemplate = "{nothing}"
    #expect(options.problems.map(\.field) == ["rejected_template"])
    options.rejectedTemplate = nil
    #expect(try Dataset.load(options, seed: 3).rows.allSatisfy { $0.rejected == nil })
  }

  @Test("pairs and labels are written in TRL's shapes and read back")
  func coding() throws {
    let rows = [
      Row(id: 1, prompt: .text("p"), completion: "good", rejected: "bad"),
      Row(
        id: 2, prompt: .messages([Message(role: "user", content: "u")]), completion: "good",
        rejected: "bad"),
      Row(id: 3, prompt: .text("p"), completion: "c", label: false),
    ]
    let data = RowCoding.encode(rows)
    #expect(try RowCoding.decode(data, name: "rows") == rows)
    let objects = try data.split(separator: 0x0A).map {
      try JSONSerialization.jsonObject(with: $0) as? [String: Any] ?? [:]
    }
    #expect(objects[0]["chosen"] as? String == "good" && objects[0]["completion"] == nil)
    #expect((objects[1]["rejected"] as? [[String: String]])?.first?["content"] == "bad")
    #expect(objects[2]["label"] as? Bool == false)
  }
}
