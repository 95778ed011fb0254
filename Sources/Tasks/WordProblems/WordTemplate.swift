/// A story with blanks and the steps that solve it.
struct WordTemplate: Sendable {
  let name: String
  /// Blanks in braces: numbers by name, and `{name} {she} {She} {her} {friend} {item}`.
  let story: String
  let items: WordItems
  /// The numbers of the story, in the order of the draws.
  let numbers: KeyValuePairs<String, ClosedRange<Int>>
  /// `total = a * b: {item} in all` - operands are numbers of the story, earlier results or digits.
  let steps: [String]

  init(
    _ name: String, _ story: String, _ items: WordItems,
    _ numbers: KeyValuePairs<String, ClosedRange<Int>>, _ steps: [String]
  ) {
    self.name = name
    self.story = story
    self.items = items
    self.numbers = numbers
    self.steps = steps
  }

  /// A step carried out: its result, and its text with the words' blanks still open.
  struct Step {
    let value: Int
    let text: String
  }

  /// The steps for given numbers; nil when one leaves the positive whole numbers.
  func work(_ numbers: [String: Int]) -> [Step]? {
    var values = numbers
    var worked: [Step] = []
    for step in steps {
      let sides = step.split(separator: ":", maxSplits: 1)
      let parts = sides[0].split(separator: " ").map(String.init)
      guard sides.count == 2, parts.count == 5, let symbol = parts[3].first,
        let a = values[parts[2]] ?? Int(parts[2]), let b = values[parts[4]] ?? Int(parts[4])
      else { preconditionFailure("template \(name) has a malformed step '\(step)'") }
      guard let value = Arithmetic.apply(symbol, a, b), value > 0 else { return nil }
      values[parts[0]] = value
      worked.append(Step(value: value, text: "\(a)\(symbol)\(b)=\(value)\(sides[1])."))
    }
    return worked
  }

  /// The text with every blank filled in.
  static func fill(_ text: String, _ words: [String: String]) -> String {
    var result = ""
    var rest = text[...]
    while let open = rest.utf8.firstIndex(of: UInt8(ascii: "{")),
      let close = rest[open...].utf8.firstIndex(of: UInt8(ascii: "}"))
    {
      let blank = String(rest[rest.index(after: open)..<close])
      guard let word = words[blank] else {
        preconditionFailure("a template has an unknown blank '\(blank)'")
      }
      result += rest[..<open] + word
      rest = rest[rest.index(after: close)...]
    }
    return result + rest
  }
}
