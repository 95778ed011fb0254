import Datasets
import JSON
import Randomness

/// Rows that hold whatever rows can hold.
struct RandomRows {
  private var stream: RandomStream

  init(seed: UInt64) { stream = RandomStream(seed: seed) }

  private mutating func below(_ count: Int) -> Int { Int(stream.next() % UInt64(count)) }
  private mutating func maybe<Value>(_ value: Value) -> Value? { below(2) == 0 ? value : nil }

  private static let texts = [
    "", " ", "\n", "\r\n", "\t\u{B}\u{C}", "\u{A0}\u{2028}\u{2029}\u{85}", "\u{FEFF}",
    "\u{0}\u{1}\u{7F}",
    "null", "true", "1", "[]", #"{"role": "user"}"#, "#### 4", "<think>\n", "</think>", "\\", "\"",
    "é",
    "e\u{301}", "👩‍👩‍👧", "\n\nHuman: hi\n\nAssistant: yes", "id", "{prompt}",
  ]

  mutating func text() -> String {
    (0..<below(4)).map { _ in Self.texts[below(Self.texts.count)] }.joined()
  }

  private mutating func value(depth: Int = 0) -> JSONValue {
    switch below(depth > 3 ? 4 : 6) {
    case 0: return .null
    case 1: return .bool(below(2) == 0)
    case 2: return .number(["0", "-0.0", "1e300", "3.50", "12345678901234567890"][below(5)])
    case 3: return .string(text())
    case 4: return .array((0..<below(4)).map { _ in value(depth: depth + 1) })
    default: return .object(JSONObject(values(depth: depth + 1)))
    }
  }

  private mutating func values(depth: Int) -> [String: JSONValue] {
    var values: [String: JSONValue] = [:]
    for _ in 0..<below(4) { values[text()] = value(depth: depth) }
    return values
  }

  private mutating func prompt() -> Prompt {
    guard below(2) == 0 else { return .text(text()) }
    let roles = ["system", "user", "assistant", "tool"]
    return .messages(
      (0...below(3)).map { _ in Message(role: roles[below(4)], content: text()) })
  }

  mutating func row(id: Int) -> Row {
    Row(
      id: id, prompt: prompt(), completion: maybe(text()), rejected: maybe(text()),
      label: maybe(below(2) == 0), solution: maybe(text()), answer: maybe(text()),
      gold: maybe(text()), verifier: maybe(text()), fields: values(depth: 0), split: text())
  }
}
