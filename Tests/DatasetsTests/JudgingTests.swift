import JSON
import Settings
import Testing

@testable import Datasets

@Suite("Questions to a judge")
struct JudgingTests {
  private func options(_ file: TemporaryFile, template: String = "{prompt}|{a}|{b}")
    -> DatasetOptions
  {
    var options = DatasetOptions()
    options.file = file.path
    options.format = .preference
    options.judgingTemplate = template
    return options
  }

  private static func pair(_ prompt: String, _ chosen: String, _ rejected: String) -> String {
    #"{"prompt": "\#(prompt)", "chosen": "\#(chosen)", "rejected": "\#(rejected)", "source": "s"}"#
  }

  @Test("a pair becomes a question with both replies, and the better one is the answer")
  func question() throws {
    let lines = (0..<200).map { Self.pair("ask {b} \($0)", "good \($0)", "bad \($0)") }
    let file = try TemporaryFile(lines.joined(separator: "\n"))
    var options = options(file)
    options.verdictTemplate = "[[{answer}]]"
    let rows = try Dataset.load(options, seed: 1).rows
    for (index, row) in rows.enumerated() {
      let (good, bad) = ("good \(index)", "bad \(index)")
      let isFirst = row.gold == "A>B"
      #expect(
        row.prompt == .text("ask {b} \(index)|\(isFirst ? good : bad)|\(isFirst ? bad : good)"))
      #expect(["A>B", "B>A"].contains(row.gold) && row.answer == row.gold)
      #expect(row.completion == "[[\(row.gold ?? "")]]" && row.rejected == nil)
      #expect(row.verifier == "judgment" && row.fields["source"] == "s")
    }
    let first = rows.count { $0.gold == "A>B" }
    #expect((70...130).contains(first), "\(first) of 200")
    let turned = try TemporaryFile(
      (0..<200).map { Self.pair("ask {b} \($0)", "bad \($0)", "good \($0)") }
        .joined(separator: "\n"))
    let others = try Dataset.load(self.options(turned), seed: 1).rows
    #expect(
      others.map(\.prompt) == rows.map(\.prompt), "which is better does not show in the order")
    #expect(zip(others, rows).allSatisfy { $0.gold != $1.gold })
  }

  @Test("a conversation is shown with who said what, and chat makes a message of the question")
  func conversation() throws {
    let start = #"\n\nHuman: hi\n\nAssistant: hello\n\nHuman: go on"#
    let file = try TemporaryFile(
      #"{"chosen": "\#(start)\n\nAssistant: yes", "rejected": "\#(start)\n\nAssistant: no"}"#)
    var options = options(file, template: "{prompt}={a}{b}")
    options.chat = true
    let row = try #require(try Dataset.load(options, seed: 1).rows.first)
    guard case .messages(let messages) = row.prompt else { return #expect(Bool(false)) }
    #expect(messages.count == 1)
    #expect(messages[0].content.hasPrefix("User: hi\n\nAssistant: hello\n\nUser: go on="))
  }

  @Test("rows that cannot be judged are errors that say why")
  func mistakes() throws {
    for (line, words) in [
      (Self.pair("p", "same", "same"), "both replies of the row are the same"),
      (#"{"prompt": "p", "completion": "c"}"#, "no pair of replies"),
    ] {
      let file = try TemporaryFile(line)
      var options = options(file)
      if line.contains("completion") { options.format = .promptCompletion }
      let error = #expect(throws: DatasetError.self) { try Dataset.load(options, seed: 1) }
      #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }
  }

  @Test("mistakes in a recipe")
  func problems() {
    func problems(_ change: (inout DatasetOptions) -> Void) -> [String] {
      var options = DatasetOptions()
      options.file = "x.jsonl"
      options.judgingTemplate = "grm"
      change(&options)
      return options.problems.map { "\($0.field): \($0.message)" }
    }
    #expect(problems { _ in }.isEmpty)
    #expect(problems { $0.judgingTemplate = "arena" }.isEmpty)
    #expect(
      problems { $0.judgingTemplate = "grn" }
        == ["judging_template: has no {prompt} and is not a built-in template; did you mean 'grm'?"]
    )
    #expect(problems { $0.judgingTemplate = "{prompt} {a}" }.first?.contains("no {b}") == true)
    #expect(problems { $0.judgingTemplate = "{prompt}{a}{b}{c}" }.first?.contains("'{c}'") == true)
    #expect(problems { $0.verdictTemplate = "[[A>B]]" }.count == 1)
    #expect(problems { $0.promptTemplate = "boxed" }.count == 1)
    #expect(problems { $0.label = true }.count == 1)
    #expect(
      problems {
        $0.judgingTemplate = nil
        $0.verdictTemplate = "[[{answer}]]"
      } == ["verdict_template: needs judging_template"])
  }
}
