import Testing

@testable import Datasets

@Suite("Rules on texts")
struct TextRulesTests {
  @Test("words are runs of letters and digits; Chinese characters stand alone")
  func words() {
    #expect(TextRules.words("It's 3.5 x A-b, ÉTÉ!") == ["it", "s", "3", "5", "x", "a", "b", "été"])
    #expect(TextRules.words("答案是42,ok") == ["答", "案", "是", "42", "ok"])
    #expect(TextRules.words(" \n-- ") == [])
  }

  @Test("a paragraph ends at an empty line and counts its line breaks")
  func paragraphs() {
    #expect(TextRules.longestParagraph("") == 0)
    #expect(TextRules.longestParagraph("abc") == 3)
    #expect(TextRules.longestParagraph("abc\nde\n \nfghi") == 6)
    #expect(TextRules.longestParagraph("a\n\nbcd\n\n\n") == 3)
    #expect(TextRules.longestParagraph("\n\n\n") == 0)
    #expect(TextRules.longestParagraph("\u{5B57}\u{5B57}") == 2, "characters, not bytes")
  }

  @Test(
    "fences open code blocks at the start of a line only",
    arguments: [
      ("```swift\nlet x = 1\n```", true), ("a\n  ```", true), ("~~~\n", true),
      ("text with ``` inside", false), ("    ```", false), ("``x``", false), ("", false),
    ])
  func codeBlocks(text: String, expected: Bool) {
    #expect(TextRules.hasCodeBlock(text) == expected)
  }

  @Test("repetition is the share of n-grams that came before")
  func repetition() {
    #expect(TextRules.repetition("a b c d", size: 2) == 0)
    // ab bc ca ab bc: two of five came before.
    #expect(abs(TextRules.repetition("a b c a b c", size: 2) - 0.4) < 1e-12)
    #expect(TextRules.repetition("a b", size: 3) == 0)
    let loop = [String](repeating: "wait", count: 101).joined(separator: " ")
    #expect(abs(TextRules.repetition(loop, size: 2) - 0.99) < 1e-12)
  }

  private func row(_ prompt: String, _ completion: String? = nil) -> Row {
    Row(id: 0, prompt: .text(prompt), completion: completion)
  }

  @Test("a row that shares n words in a row with an indexed one is found, whatever else differs")
  func decontamination() {
    var index = NGramIndex(size: 4)
    index.add(row("How many apples does Tom have now?", "He has 3 + 4 = 7 of them"))
    #expect(index.matches(row("MANY apples, does tom... eat?")))
    #expect(!index.matches(row("How many pears does Tom have left?")))
    #expect(index.matches(row("other", "so 3+4=7 of  course")))
    #expect(!index.matches(row("other", "so 3+5=7 of course")))
    var pair = row("other", "fine words are said here")
    pair.rejected = "he has 3 4 apples"
    #expect(index.matches(pair))
  }

  @Test("short prompts match only when equal, short replies never")
  func shortTexts() {
    var index = NGramIndex(size: 4)
    index.add(row("3+4=", "7"))
    #expect(index.matches(row("3 + 4 =")))
    #expect(!index.matches(row("13+4=")))
    #expect(!index.matches(row("5+2=", "7")))
    #expect(!index.matches(row("")))
  }

  @Test("row templates fill in a row's parts and say what is missing")
  func templates() throws {
    let row = Row(id: 4, prompt: .text("2+2="), completion: "4", answer: "4")
    let template = RowTemplate("Q: {prompt} A: {completion} {generated}", field: "t")
    #expect(try template.filled(row, generated: "{prompt}") == "Q: 2+2= A: 4 {prompt}")
    let error = #expect(throws: DatasetError.self) {
      try RowTemplate("{solution}", field: "request_template").filled(row)
    }
    #expect(
      error?.description == "the row has no 'solution', which request_template needs")
    #expect(RowTemplate.problem("plain", names: ["prompt"]) != nil)
    #expect(RowTemplate.problem("{promt}", names: ["prompt"])?.contains("'prompt'") == true)
    #expect(RowTemplate.problem("{prompt}", names: ["prompt"]) == nil)
    let chat = Row(
      id: 1, prompt: .messages([Message(role: "user", content: "hi")]), completion: "x")
    #expect(
      try RowTemplate("Say {prompt}", field: "t").prompt(of: chat, chat: true)
        == .messages([Message(role: "user", content: "Say hi")]))
  }

  @Test("a filled template has a longest text, and any braces are a template")
  func limits() throws {
    let long = Row(id: 4, prompt: .text(String(repeating: "x", count: 1 << 20)), completion: "4")
    let many = RowTemplate(String(repeating: "{prompt}", count: 17), field: "t")
    let error = #expect(throws: DatasetError.self) { try many.filled(long) }
    #expect(error?.description == "t expands to a text of more than 16777216 bytes")
    let braces =
      String(repeating: "{", count: 100_000) + "{prompt}" + String(repeating: "}", count: 9)
    let short = Row(id: 1, prompt: .text("p"), completion: "4")
    #expect(try RowTemplate(braces, field: "t").filled(short).utf8.count == 100_010)
  }
}
