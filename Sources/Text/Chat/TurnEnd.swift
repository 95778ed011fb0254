import Foundation

/// How a chat template ends an assistant's turn.
public struct TurnEnd: Sendable, Equatable {
  /// All that stands behind the content: the end token, and what parts the turns.
  public let closing: String
  /// `closing` up to its end token; empty where the template writes none.
  public let ending: String
  /// The end token; nil where the template writes none.
  public let token: Int32?

  /// Nil for a template that cannot be rendered.
  init?(_ template: ChatTemplate, _ tokenizer: any Tokenizer) {
    guard let closing = template.closing() else { return nil }
    self.closing = closing
    let tokens = tokenizer.specialTokens.compactMap { token in
      closing.range(of: token.text).map { (place: $0, token: token) }
    }
    // The first one; where two begin at one place, the longer.
    let first = tokens.min {
      ($0.place.lowerBound, $1.place.upperBound) < ($1.place.lowerBound, $0.place.upperBound)
    }
    token = first?.token.id
    ending = first.map { String(closing[..<$0.place.upperBound]) } ?? ""
  }
}
