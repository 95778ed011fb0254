/// Telling thoughts from what is said.
public enum Thoughts {
  /// What follows the last `</think>`; nothing when a `<think>` stays open; else the whole text.
  public static func removed(from text: String) -> String {
    let bytes = Array(text.utf8)
    var isOpen = false
    var start = 0
    for i in bytes.indices where bytes[i] == UInt8(ascii: "<") {
      if bytes.matches("</think>", at: i) {
        (isOpen, start) = (false, i + 8)
      } else if bytes.matches("<think>", at: i) {
        isOpen = true
      }
    }
    return isOpen ? "" : String(decoding: bytes[start...], as: UTF8.self)
  }

  /// Whether anything is said behind the thoughts.
  static func hasAnswer(_ text: String) -> Bool { removed(from: text).saysSomething }

  /// What stands up to the last `</think>`, or, where a `<think>` stays open, all of the text; the
  /// whole text where there is no such tag.
  public static func only(of text: String) -> String {
    let answer = removed(from: text)
    return answer.utf8.count == text.utf8.count
      ? text : String(decoding: text.utf8.dropLast(answer.utf8.count), as: UTF8.self)
  }
}
