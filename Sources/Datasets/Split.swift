import Tasks

/// Sides of a split by content, so that a row keeps its side whatever file or order it is in.
enum Split {
  /// The side of a prompt: its letters and digits alone decide, so that copies of a question that
  /// differ in spaces, case or punctuation stay on one side.
  static func side(of prompt: Prompt, text: String?, testFraction: Double) -> String {
    let said = prompt.text
    let content = said.isEmpty ? text ?? "" : said
    let significant = content.utf8.lazy.filter(isSignificant).map(lowercased)
    return ContentHash.fraction(significant) < testFraction ? "test" : "train"
  }

  private static func isSignificant(_ byte: UInt8) -> Bool {
    byte >= 0x80 || (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20)
  }

  private static func lowercased(_ byte: UInt8) -> UInt8 {
    (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
  }
}
