import Tasks

/// What a judge of two replies is asked: a text with {prompt}, {a} and {b}, or the name of a built-in
/// one.
public enum JudgingTemplates {
  /// In the manner of Arena-Hard (Li et al., arXiv 2406.11939), which DeepSeek-R1's preference data
  /// were judged with: the judge answers first, then compares.
  public static let arena = """
    Judge two replies to a user's prompt. First answer the prompt yourself. Then compare both replies \
    with your own: are they correct, helpful, relevant and concise? Do not let their order or length \
    sway you. End with one verdict: [[A>>B]] if reply A is much better, [[A>B]] if it is slightly \
    better, [[A=B]] if they are about the same, [[B>A]] or [[B>>A]] if reply B is.

    <prompt>
    {prompt}
    </prompt>

    <reply_a>
    {a}
    </reply_a>

    <reply_b>
    {b}
    </reply_b>
    """

  /// In the manner of DeepSeek-GRM (Liu et al., arXiv 2504.02495): criteria of the judge's own, an
  /// analysis, then scores.
  public static let grm = """
    Score two replies to a conversation, strictly and step by step. First name the criteria that this \
    conversation calls for (following instructions, usefulness, detail, relevance or others) and what \
    each weighs. Then analyse the replies by these criteria. Then give each reply a whole number from 1 \
    to 10: 9 or 10 for an excellent one, 6 to 8 for a good one, 3 to 5 for a poor one, 1 or 2 for a bad \
    one. Write three lines:
    Specific Criteria: ...
    Analysis: ...
    Scores: \\boxed{x, y}

    <conversation>
    {prompt}
    </conversation>

    <reply_a>
    {a}
    </reply_a>

    <reply_b>
    {b}
    </reply_b>
    """

  public static let all: [(name: String, text: String)] = [("arena", arena), ("grm", grm)]

  private static let placeholders = ["prompt", "a", "b"]

  /// What is wrong with a template, if anything.
  public static func problem(_ text: String) -> String? {
    let names = resolve(text).placeholders
    if let unknown = names.first(where: { !placeholders.contains($0) }) {
      return "unknown placeholder '{\(unknown)}'"
        + NearestName.hint(unknown, among: placeholders)
    }
    guard let missing = placeholders.first(where: { !names.contains($0) }) else { return nil }
    return "holds no {\(missing)} and is no built-in template"
      + NearestName.hint(text, among: all.map(\.name))
  }

  /// The template with a conversation and two replies put in; they are not searched for placeholders.
  public static func question(_ text: String, prompt: String, a: String, b: String) throws -> String
  {
    try resolve(text).filled("judging_template", ["prompt": prompt, "a": a, "b": b])
  }

  private static func resolve(_ text: String) -> Template {
    Template(all.first { $0.name == text }?.text ?? text)
  }
}
