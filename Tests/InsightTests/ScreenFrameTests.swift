import Testing

@testable import Insight

@Suite("A text that is drawn over and over")
struct ScreenFrameTests {
  private let table = "stage  kind  status   steps  time\nrl     grpo  running    0/3  12 s"
  private let rest = [
    "rl: update 0 of 3 (0.0 %), sampled 8/8, scored 3/8, ETA 2 min 10 s", "last seen",
  ]

  @Test(
    "lines fit the terminal: tables are cut, sentences are broken between words",
    arguments: [20, 40, 60])
  func width(columns: Int) {
    let lines = ScreenFrame.fit(table: table, rest: rest, size: (columns, 24))
    #expect(lines.allSatisfy { displayWidth($0) <= columns }, "\(lines)")
    #expect(lines.dropFirst(2).dropLast().joined(separator: " ") == rest[0])
    #expect(lines.last == "last seen")
    #expect(lines[0] == truncated("stage  kind  status   steps  time", width: columns))
  }

  @Test("a word that is wider than the terminal is broken inside, whatever its letters take")
  func longWords() {
    #expect(
      ScreenFrame.wrapped("a /tmp/abcdefghij b", width: 8) == ["a", "/tmp/abc", "defghij", "b"])
    #expect(ScreenFrame.wrapped("中文中文中", width: 5) == ["中文", "中文", "中"])
    #expect(ScreenFrame.wrapped("", width: 5) == [""])
  }

  @Test("on a low terminal the end of the table gives way to what is said below it")
  func height() {
    let tall = (1...30).map { "stage \($0)" }.joined(separator: "\n")
    let lines = ScreenFrame.fit(table: tall, rest: ["now", "next"], size: (40, 10))
    #expect(lines == (1...6).map { "stage \($0)" } + ["…", "now", "next"])
  }

  @Test("a frame goes over the one before; on a terminal of another width all is drawn anew")
  func frames() {
    var frame = ScreenFrame()
    #expect(frame.next(table: "a\nb", rest: ["c"], size: (40, 24)) == "a\nb\nc\n")
    #expect(frame.next(table: "a", rest: ["c d"], size: (40, 24)) == "\u{1B}[3A\r\u{1B}[Ja\nc d\n")
    #expect(frame.next(table: "a", rest: [], size: (30, 24)) == "\u{1B}[H\u{1B}[2Ja\n")
    #expect(frame.erased == "\u{1B}[1A\r\u{1B}[J")
  }
}
