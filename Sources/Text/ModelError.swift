/// A failure of something outside the code: a checkpoint, a tokenizer, a template or text.
///
/// The message names the file or thing and what can be done about it; `code` is for programs.
public struct ModelError: Error, Sendable, Equatable, CustomStringConvertible {
  public enum Code: String, Sendable {
    /// A file or folder is absent or cannot be read.
    case missingFile
    /// A file's bytes contradict its format (truncated, lying sizes, bad JSON).
    case brokenFile
    /// A well-formed file asks for something that Regimen does not support; the message names it.
    case unsupported
    /// Sizes, names or shapes that do not fit together.
    case mismatch
    /// Text that a tokenizer or a chat template cannot take.
    case invalidText
    /// Weights or logits that are infinite or not numbers.
    case notFinite
  }

  public let code: Code
  public let message: String

  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { message }
}
