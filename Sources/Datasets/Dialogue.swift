/// A conversation that is written as one text, as Anthropic's HH-RLHF has them (Bai et al., arXiv
/// 2204.05862): `\n\nHuman: ...\n\nAssistant: ...`.
enum Dialogue {
  private static let marks: [(mark: [UInt8], role: String)] = [
    (Array("\n\nHuman:".utf8), "user"), (Array("\n\nAssistant:".utf8), "assistant"),
  ]

  /// The turns without the white space around them; nil when the text does not begin with a turn.
  static func messages(_ text: String) -> [Message]? {
    let bytes = Array(text.utf8)
    let turns = bytes.indices.compactMap { place in turn(at: place, of: bytes) }
    guard let first = turns.first, first.start == 0 else { return nil }
    let ends = turns.dropFirst().map(\.start) + [bytes.count]
    return zip(turns, ends).map { turn, end in
      Message(role: turn.role, content: bytes[turn.content..<end].trimmedText)
    }
  }

  private static func turn(
    at place: Int, of bytes: [UInt8]
  ) -> (start: Int, content: Int, role: String)? {
    guard bytes[place] == UInt8(ascii: "\n") else { return nil }
    return marks.first { bytes[place...].starts(with: $0.mark) }.map {
      (place, place + $0.mark.count, $0.role)
    }
  }
}
