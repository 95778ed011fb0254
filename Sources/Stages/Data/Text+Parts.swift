/// Parts of texts by their bytes: Swift's own comparisons take canonically equivalent text for equal.
extension String {
  /// The text without its first bytes.
  func dropping(_ count: Int) -> String { String(decoding: utf8.dropFirst(count), as: UTF8.self) }

  /// The text without a beginning; nil when it does not begin so.
  func dropping(prefix: String) -> String? {
    utf8.starts(with: prefix.utf8) ? dropping(prefix.utf8.count) : nil
  }

  /// The text without an end; nil when it does not end so.
  func dropping(suffix: String) -> String? {
    utf8.count >= suffix.utf8.count && utf8.suffix(suffix.utf8.count).elementsEqual(suffix.utf8)
      ? dropping(last: suffix) : nil
  }

  /// The text without as many bytes at its end as another has.
  func dropping(last other: String) -> String {
    String(decoding: utf8.dropLast(other.utf8.count), as: UTF8.self)
  }

  /// Whether the text holds a text of ASCII, which is looked for first by its bytes: most texts hold none.
  func holds(_ mark: StaticString) -> Bool {
    var text = self
    let found = text.withUTF8 { bytes in
      let (first, count) = (mark.utf8Start.pointee, mark.utf8CodeUnitCount)
      guard bytes.count >= count else { return false }
      return (0...bytes.count - count).contains { start in
        bytes[start] == first
          && UnsafeBufferPointer(rebasing: bytes[start..<start + count])
            .elementsEqual(UnsafeBufferPointer(start: mark.utf8Start, count: count))
      }
    }
    return found && contains("\(mark)")
  }

  /// The characters that two texts begin with.
  func commonStart(with other: String) -> String {
    var start = String.UnicodeScalarView()
    for (own, theirs) in zip(unicodeScalars, other.unicodeScalars) {
      guard own == theirs else { break }
      start.append(own)
    }
    return String(start)
  }

  var trimmingStart: String {
    String(unicodeScalars.drop { $0.properties.isWhitespace })
  }

  /// The first scalar that is not white space.
  var firstVisible: Unicode.Scalar? {
    unicodeScalars.first { !$0.properties.isWhitespace }
  }

  var trimmingEnd: String {
    String(
      String.UnicodeScalarView(
        unicodeScalars.reversed().drop { $0.properties.isWhitespace }.reversed()))
  }

  /// What follows a `<think>` that the text begins with, white space in front apart; nil without one.
  var afterTag: String? { trimmingStart.dropping(prefix: "<think>") }
}
