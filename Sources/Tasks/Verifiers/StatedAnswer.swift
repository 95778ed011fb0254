/// An answer as a verifier reads it, which can be compared with answers to the same question.
public struct StatedAnswer: Sendable, CustomStringConvertible {
  private enum Form: Sendable {
    case text(String)
    case number(WrittenNumber)
    case boxed(BoxedValue)
  }

  private let form: Form
  /// In canonical form, for people.
  public let description: String

  private init(_ form: Form, _ description: String) {
    self.form = form
    self.description = description
  }

  /// - Parameter identity: what it is compared by, where that is not what people see.
  static func text(_ description: String, identity: String? = nil) -> StatedAnswer {
    StatedAnswer(.text(identity ?? description), description)
  }

  static func number(_ number: WrittenNumber) -> StatedAnswer {
    StatedAnswer(.number(number), number.value.description)
  }

  static func boxed(_ value: BoxedValue) -> StatedAnswer {
    StatedAnswer(.boxed(value), value.description)
  }

  /// Whether the verifier would accept one of the two if the other were the gold answer.
  func isEqual(to other: StatedAnswer) -> Bool {
    switch (form, other.form) {
    case (.text(let a), .text(let b)): a == b
    case (.number(let a), .number(let b)): a.isEqual(to: b) || b.isEqual(to: a)
    case (.boxed(let a), .boxed(let b)): a.isEqual(to: b) || b.isEqual(to: a)
    default: false
    }
  }

  /// The same for answers that are compared alike: a decimal may be rounded, a fraction may not.
  fileprivate var identity: String {
    switch form {
    case .text(let text): text
    case .number(let number): number.value.description + (number.isDecimal ? "~" : "")
    case .boxed(let value): value.identity
    }
  }

  /// The value, where two numbers that are far apart can be told apart quickly.
  fileprivate var magnitude: Double? {
    switch form {
    case .number(let number): number.value.double
    case .boxed(.number(let number)): number.value.double
    default: nil
    }
  }
}

/// Which answers of several are the same answer, for votes and counts.
///
/// Two answers are one when the verifier would accept either for the other, and so are those that a
/// chain of such pairs joins: equality within a tolerance is not transitive, and chains make classes
/// that do not depend on the order of the answers.
public enum AnswerClasses {
  /// For each answer the name of its class, the smallest description in it; nil for no answer.
  public static func names(_ answers: [StatedAnswer?]) -> [String?] {
    let distinct = Dictionary(
      answers.compactMap { $0.map { ($0.identity, $0) } }, uniquingKeysWith: { first, _ in first })
    let members = distinct.values.sorted {
      ($0.description, $0.identity) < ($1.description, $1.identity)
    }
    var parents = Array(members.indices)
    func root(_ i: Int) -> Int {
      var i = i
      while parents[i] != i { i = parents[i] }
      return i
    }
    let magnitudes = members.map(\.magnitude)
    for i in members.indices {
      for j in members.indices.dropFirst(i + 1)
      where !areFarApart(magnitudes[i], magnitudes[j]) && members[i].isEqual(to: members[j]) {
        let (a, b) = (root(i), root(j))
        parents[max(a, b)] = min(a, b)
      }
    }
    let names = Dictionary(
      uniqueKeysWithValues: members.indices.map {
        (members[$0].identity, members[root($0)].description)
      })
    return answers.map { $0.flatMap { names[$0.identity] } }
  }

  private static func areFarApart(_ a: Double?, _ b: Double?) -> Bool {
    guard let a, let b, a.isFinite, b.isFinite else { return false }
    return abs(a - b) > 1e-5 * max(abs(a), abs(b))
  }
}
