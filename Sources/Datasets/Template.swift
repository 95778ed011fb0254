import Settings

/// A text with placeholders such as `{prompt}`: a name in braces, lower case.
///
/// Other braces stand for themselves, so `\boxed{{final}}` gives `\boxed{42}`.
struct Template: Sendable, Hashable {
  enum Part: Sendable, Hashable {
    case text(String)
    case placeholder(String)
  }

  let parts: [Part]

  /// - Parameter columns: whether any name in braces is a placeholder, `{Column_2}`; braces after a
  ///   LaTeX command, `\text{Answer}`, are not.
  init(_ text: String, columns: Bool = false) {
    var parts: [Part] = []
    var literal = ""
    var rest = text[...]
    while let open = rest.firstIndex(of: "{") {
      literal += rest[..<open]
      let start = rest.index(after: open)
      var name = rest[start...].prefix(while: Self.isLowercase)
      if columns, !Self.endsInCommand(literal) {
        name = rest[start...].prefix {
          Self.isLowercase($0) || $0.isASCII && $0.isLetter || $0.isASCII && $0.isNumber
        }
        if name.first?.isNumber == true { name = "" }
      }
      if !name.isEmpty, name.endIndex < rest.endIndex, rest[name.endIndex] == "}" {
        if !literal.isEmpty { parts.append(.text(literal)) }
        literal = ""
        parts.append(.placeholder(String(name)))
        rest = rest[rest.index(after: name.endIndex)...]
      } else {
        literal += "{"
        rest = rest[start...]
      }
    }
    literal += rest
    if !literal.isEmpty { parts.append(.text(literal)) }
    self.parts = parts
  }

  private static func isLowercase(_ character: Character) -> Bool {
    character == "_" || ("a"..."z").contains(character)
  }

  /// Whether a text ends in a command of LaTeX, or in the braces that follow one.
  private static func endsInCommand(_ text: String) -> Bool {
    if text.last == "}" { return true }
    let name = text.reversed().prefix { $0.isASCII && $0.isLetter }
    return !name.isEmpty && text.dropLast(name.count).last == "\\"
  }

  var placeholders: [String] {
    parts.compactMap { if case .placeholder(let name) = $0 { name } else { nil } }
  }

  /// Bytes that a filled text may have: a template may hold a placeholder any number of times.
  static let longest = 1 << 24

  /// The placeholders that only a column can be, since no name of a row's own parts is written so.
  var columns: [String] { placeholders.filter { !$0.allSatisfy(Self.isLowercase) } }

  /// The first placeholder that is not among `names`, with a hint; where columns of the file may stand,
  /// only one that is nearly one of them.
  func unknownPlaceholder(among names: [String], orColumns: Bool) -> String? {
    let unknown = placeholders.first { name in
      !names.contains(name)
        && !(orColumns && nearestName(to: name, among: names) == nil)
    }
    return unknown.map { "unknown placeholder '{\($0)}'" + nameHint($0, among: names) }
  }

  /// The text with values put in; they are not searched for placeholders.
  func filled(_ key: String, _ values: [String: String]) throws -> String {
    var filled = ""
    for part in parts {
      let piece = try text(of: part, key, values)
      guard filled.utf8.count + piece.utf8.count <= Self.longest else {
        throw DatasetError("\(key) expands to a text of more than \(Self.longest) bytes")
      }
      filled += piece
    }
    return filled
  }

  private func text(of part: Part, _ key: String, _ values: [String: String]) throws -> String {
    switch part {
    case .text(let text): return text
    case .placeholder(let name):
      guard let value = values[name] else {
        throw DatasetError("the row has no '\(name)', which \(key) needs")
      }
      return value
    }
  }
}

/// Prompt templates that a recipe names instead of writing them out.
public enum PromptTemplates {
  /// DeepSeek-R1-Zero's prompt (arXiv 2501.12948v2, table 1) with the question put in.
  public static let r1Zero =
    "A conversation between User and Assistant. The user asks a question, and the Assistant solves "
    + "it. The assistant first thinks about the reasoning process in the mind and then provides the "
    + "user with the answer. The reasoning process and answer are enclosed within <think>...</think> "
    + "and <answer>...</answer> tags, respectively, i.e., <think> reasoning process here </think> "
    + "<answer> answer here </answer>. User: {prompt}. Assistant:"

  /// The instruction that DeepSeek-R1's model card gives for mathematics.
  public static let boxed =
    "{prompt}\nPlease reason step by step, and put your final answer within \\boxed{}."

  public static let all: [(name: String, text: String)] = [("r1_zero", r1Zero), ("boxed", boxed)]

  static let placeholders = ["prompt", "question"]

  /// The template that a recipe means: a name of `all`, or a text with a placeholder.
  static func resolve(_ text: String) -> Template {
    Template(all.first { $0.name == text }?.text ?? text, columns: true)
  }

  /// - Parameter orColumns: whether columns of a file may stand in it, too.
  static func problem(_ text: String, orColumns: Bool) -> String? {
    let template = resolve(text)
    if let problem = template.unknownPlaceholder(among: placeholders, orColumns: orColumns) {
      return problem
    }
    guard template.placeholders.isEmpty else { return nil }
    return "'\(text)' has no {prompt} and is not a built-in template"
      + nameHint(text, among: all.map(\.name))
  }
}

/// The text of completions.
enum CompletionTemplates {
  static let placeholders = [
    "solution", "final", "answer", "completion", "rejected", "prompt", "question",
  ]

  static func resolve(_ text: String) -> Template { Template(text, columns: true) }

  /// - Parameter orColumns: whether columns of a file may stand in it, too.
  static func problem(_ text: String, orColumns: Bool) -> String? {
    let template = resolve(text)
    return template.unknownPlaceholder(among: placeholders, orColumns: orColumns)
      ?? (template.placeholders.isEmpty
        ? "the template has no placeholder such as {solution}" : nil)
  }
}
