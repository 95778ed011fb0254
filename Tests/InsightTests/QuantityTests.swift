import Testing

@testable import Insight

@Suite("Quantities")
struct QuantityTests {
  @Test(
    "durations carry two units at most",
    arguments: [
      (0.0, "0.0 s"), (0.44, "0.4 s"), (9.94, "9.9 s"), (9.96, "10 s"), (59.4, "59 s"),
      (59.6, "1 min 00 s"), (185, "3 min 05 s"), (3599.7, "1 h 00 min"), (7620, "2 h 07 min"),
      (273_600, "3 d 4 h"), (.infinity, "?"), (.nan, "?"), (-1, "?"),
    ])
  func durations(seconds: Double, text: String) {
    #expect(Quantity.duration(seconds) == text)
  }

  @Test(
    "numbers keep four significant digits",
    arguments: [
      (0.0, "0"), (0.42131, "0.4213"), (12.3456, "12.35"), (-1.5, "-1.500"), (123.456, "123.5"),
      (12345.6, "12346"), (3.2e-5, "3.2e-05"), (2_000_000, "2e+06"), (3, "3"), (.nan, "-"),
    ])
  func numbers(value: Double, text: String) {
    #expect(Quantity.number(value) == text)
  }

  @Test(
    "a loss that is 0 but for rounding has four decimals",
    arguments: [
      (0.0, "0"), (-1.79e-16, "0.0000"), (2.82e-7, "0.0000"), (4.9e-4, "0.0005"),
      (-2e-4, "-0.0002"),
      (1e-3, "0.0010"), (4.653, "4.653"), (.nan, "-"),
    ])
  func losses(value: Double, text: String) {
    #expect(Quantity.loss(value) == text)
  }

  @Test("a missing number is a dash")
  func missing() {
    #expect(Quantity.number(nil) == "-")
    #expect(Quantity.percent(nil) == "-")
  }

  @Test("shares and sizes")
  func sharesAndSizes() {
    #expect(Quantity.percent(0.4118) == "41.2 %")
    #expect(Quantity.bytes(812) == "812 B")
    #expect(Quantity.bytes(1536) == "1.5 KiB")
    #expect(Quantity.bytes(98 << 20) == "98.0 MiB")
    #expect(Quantity.bytes(3 << 40) == "3.0 TiB")
  }
}
