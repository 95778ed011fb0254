import BigInt
import Testing

@testable import Tasks

@Suite("Big rationals")
struct RationalTests {
  private func integer(_ text: String) throws -> BigInt { try #require(BigInt(text)) }

  private func rational(_ parts: [String]) throws -> Rational {
    try #require(Rational(integer(parts[0]), over: integer(parts[1])))
  }

  @Test("the four operations agree with Python's fractions")
  func operations() throws {
    for row in try Golden.load().rationals {
      let values = try row.map(rational)
      let (a, b) = (values[0], values[1])
      #expect(a.adding(b) == values[2])
      #expect(a.subtracting(b) == values[3])
      #expect(a.multiplied(by: b) == values[4])
      #expect(a.divided(by: b) == values[5])
    }
  }

  @Test("greatest common divisors and quotients agree with Python's integers")
  func divisors() throws {
    for row in try Golden.load().gcds {
      let (a, b) = (try integer(row[0]), try integer(row[1]))
      #expect(a.greatestCommonDivisor(with: b).description == row[2])
      #expect((a / b).description == row[3])
      #expect(a.description == row[0])
    }
  }

  @Test("arithmetic beyond the bounds gives nil, so does division by zero")
  func bounds() throws {
    let large = try #require(Rational(BigInt(2).power(2000)))
    #expect(large.multiplied(by: large) == nil)
    #expect(Rational.one.divided(by: .zero) == nil)
    #expect(Rational(1, over: 0) == nil)
  }

  @Test(
    "values are written as integers, short decimals or fractions",
    arguments: [(1, 2, "0.5"), (-1, 3, "-1/3"), (84, 2, "42"), (0, 5, "0"), (7, 800, "0.00875")])
  func description(top: Int, bottom: Int, text: String) throws {
    #expect(try #require(Rational(top).divided(by: Rational(bottom))).description == text)
  }

  @Test("closeness is relative to the value itself and exact at its edge")
  func closeness() throws {
    let third = try #require(Rational.one.divided(by: Rational(3)))
    #expect(third.isClose(to: try rational(["333333", "1000000"])))
    #expect(!third.isClose(to: try rational(["333332", "1000000"])))
    #expect(!Rational.zero.isClose(to: try rational(["1", "1000000000"])))
    #expect(!third.isClose(to: -third))
  }

  @Test("doubles of large fractions are near")
  func doubles() throws {
    let value = try rational([
      "2" + String(repeating: "0", count: 400), "3" + String(repeating: "0", count: 400),
    ])
    #expect(abs(value.double - 2.0 / 3) < 1e-15)
    let wide = try #require(
      Rational(BigInt(3).power(1200), over: BigInt(3).power(1199) + 1))
    #expect(abs(wide.double - 3) < 1e-12)
  }
}
