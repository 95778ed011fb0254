/// Questions with answers, as GSM8K and tests of knowledge have them.
extension RowReader {
  /// The question with its choices as "A) ..." on separate lines, as in simple-evals.
  func readMultipleChoice(_ record: Record, into row: inout Row) throws {
    let choices = try record.texts(key("choices"))
    guard (2...26).contains(choices.count) else {
      throw DatasetError("'\(key("choices"))' holds \(choices.count) choices, not 2 to 26")
    }
    let letters = choices.indices.map { String(UnicodeScalar(UInt8(0x41 + $0))) }
    let lines = zip(letters, choices).map { "\($0)) \($1)" }
    row.prompt = .text(
      ([try record.text(key("prompt")), ""] + lines).joined(separator: "\n"))
    let answer = try record.scalar(key("answer"))
    let place =
      letters.firstIndex(of: answer.uppercased())
      ?? Int(answer).flatMap { choices.indices.contains($0) ? $0 : nil }
      ?? choices.firstIndex(of: answer)
    guard let place else {
      throw DatasetError(
        "'\(key("answer"))' is '\(answer)', not a letter, index or text of the \(choices.count) "
          + "choices"
      )
    }
    row.answer = letters[place]
    row.verifier = "choice"
  }

  /// `... <<48/2=24>>24 clips.\n#### 72`: the marks go, the last line is the answer.
  func readGSM8K(_ record: Record, into row: inout Row) throws {
    row.prompt = .text(try record.text(key("prompt")))
    let text = Array(try record.text(key("answer")).utf8)
    let mark = Array("####".utf8)
    guard let start = text.indices.last(where: { text[$0...].starts(with: mark) }) else {
      throw DatasetError(
        "'\(key("answer"))' has no line '#### ANSWER'; if it is only the answer, or a reply, write "
          + "format: prompt_completion and fields: { prompt: \(key("prompt")), answer: "
          + "\(key("answer")) }, or completion: instead of answer:")
    }
    let final = text[(start + mark.count)...].trimmedText
    guard !final.isEmpty else { throw DatasetError("'\(key("answer"))' ends after '####'") }
    row.answer = final
    row.solution = Self.withoutMarks(text[..<start])[...].trimmedText
  }

  /// The text without `<<...>>`; a mark that does not end stays.
  private static func withoutMarks(_ text: ArraySlice<UInt8>) -> [UInt8] {
    var result: [UInt8] = []
    var rest = text
    while let open = rest.firstDouble(UInt8(ascii: "<")),
      let close = rest[open...].firstDouble(UInt8(ascii: ">"))
    {
      result += rest[..<open]
      rest = rest[(close + 2)...]
    }
    return result + rest
  }
}

extension ArraySlice<UInt8> {
  /// Where a byte first stands twice in a row.
  fileprivate func firstDouble(_ byte: UInt8) -> Int? {
    indices.dropLast().first { self[$0] == byte && self[$0 + 1] == byte }
  }
}
