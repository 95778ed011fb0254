/// A question to the stored runs that has no answer: what is wrong and what to do about it.
public struct InsightError: Error, Sendable, CustomStringConvertible {
  public enum Kind: Sendable {
    /// The arguments contradict each other or the runs.
    case usage
    /// Nothing goes by the name that was given.
    case notFound
  }

  public let kind: Kind
  public let message: String

  public init(_ kind: Kind, _ message: String) {
    self.kind = kind
    self.message = message
  }

  public var description: String { message }
}
