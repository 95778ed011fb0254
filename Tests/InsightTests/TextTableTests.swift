import Testing

@testable import Insight

@Suite("Text tables")
struct TextTableTests {
  @Test("columns are as wide as their widest cell, numbers end at the right")
  func alignment() {
    var table = TextTable(["stage", .right("steps"), .right("loss")])
    table.add(["pretrain", "3000", "1.25"])
    table.add(["sft", "20", "0.5"])
    #expect(
      table.render() == """
        stage     steps  loss
        pretrain   3000  1.25
        sft          20   0.5
        """)
  }

  @Test("a column in which nothing stands is left out, and no line ends with blanks")
  func emptyColumns() {
    var table = TextTable(["name", "variant", "note"])
    table.add(["a", "", "x"])
    table.add(["longer"])
    #expect(table.render() == "name    note\na       x\nlonger")
  }

  @Test("line breaks inside a cell do not break the row")
  func lineBreaks() {
    var table = TextTable(["text"])
    table.add(["two\r\nlines"])
    #expect(table.render() == "text\ntwo lines")
  }

  @Test(
    "wide characters take two columns, marks none",
    arguments: [
      ("abc", 3), ("日本", 4), ("e\u{301}", 1), ("🙂", 2), ("한국어", 6), ("", 0), ("á", 1),
      ("👩‍👩‍👧", 2), ("½", 1),
    ])
  func widths(text: String, width: Int) {
    #expect(displayWidth(text) == width)
  }

  @Test("wide text keeps the columns in line")
  func wideAlignment() {
    var table = TextTable(["name", .right("n")])
    table.add(["日本", "1"])
    table.add(["abcde", "22"])
    #expect(table.render() == "name    n\n日本    1\nabcde  22")
  }

  @Test(
    "a cut text ends with an ellipsis and never exceeds its width",
    arguments: [("abcdef", 4, "abc…"), ("abc", 3, "abc"), ("日本語", 4, "日…"), ("ab", 1, "…")])
  func cutting(text: String, width: Int, expected: String) {
    #expect(truncated(text, width: width) == expected)
    #expect(displayWidth(truncated(text, width: width)) <= width)
  }
}
