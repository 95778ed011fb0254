import TestSupport

/// Tests/Fixtures/answers.json, made by answers.py.
struct Golden: Decodable {
  let numeric: [Case]
  let surds: [Case]
  /// Signs and brackets around rationals.
  let signed: [Case]
  /// Indexed roots and fractional powers.
  let roots: [Case]
  /// Numerators and denominators of a, b, a + b, a - b, a * b, a / b.
  let rationals: [[[String]]]
  /// a, b, their greatest common divisor, a / b rounded down.
  let gcds: [[String]]

  struct Case: Decodable {
    let gold: String
    let answer: String
    let isEqual: Bool

    init(from decoder: any Decoder) throws {
      var list = try decoder.unkeyedContainer()
      gold = try list.decode(String.self)
      answer = try list.decode(String.self)
      isEqual = try list.decode(Int.self) == 1
    }
  }

  static func load() throws -> Golden { try Repository.golden("answers.json") }
}
