/// A text with parts of a row in it: what a model is asked about the row, or what becomes of the
/// answer.
public struct RowTemplate: Sendable {
  public static let placeholders = ["prompt", "completion", "solution", "answer"]

  private let template: Template
  /// The recipe's key, for messages.
  private let field: String

  public init(_ text: String, field: String) {
    template = Template(text)
    self.field = field
  }

  /// What is wrong with a template, if anything.
  public static func problem(_ text: String, names: [String]) -> String? {
    let found = Template(text).placeholders
    if let unknown = found.first(where: { !names.contains($0) }) {
      return "unknown placeholder '{\(unknown)}'" + nameHint(unknown, among: names)
    }
    return found.isEmpty ? "the template has no placeholder such as {\(names[0])}" : nil
  }

  /// The template with the row's parts put in; throws when the row lacks one.
  public func filled(_ row: Row, generated: String? = nil) throws -> String {
    let question: String? =
      switch row.prompt {
      case .text(let text): text
      case .messages(let messages): messages.last { $0.role == "user" }?.content
      }
    let values = [
      "prompt": question, "completion": row.completion, "solution": row.solution,
      "answer": row.answer, "generated": generated,
    ]
    return try template.filled(field, values.compactMapValues(\.self))
  }

  /// The filled template as a prompt.
  public func prompt(of row: Row, chat: Bool) throws -> Prompt {
    let text = try filled(row)
    return chat ? .messages([Message(role: "user", content: text)]) : .text(text)
  }
}
