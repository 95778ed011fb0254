/// What is wrong with a JSON text, and at which byte.
///
/// Lines of data and files of models have words of their own for it: `message` and `fileMessage`.
public struct JSONSyntaxError: Error, Hashable, Sendable {
  public enum Problem: Hashable, Sendable {
    case textAfterValue
    /// Something else, or nothing, where a value was expected.
    case value
    /// What other programs write for values and JSON does not have.
    case nan, infinity, python, singleQuotes
    case key
    case colon(key: String)
    case comma(closing: String)
    case repeatedKey(String)
    case levels(Int)
    case digit, fraction, exponent, leadingZero, range
    case openString, control, escape, hexadecimal, surrogate, encoding
  }

  public let problem: Problem
  /// The byte with which it begins.
  public let offset: Int
  /// The byte behind what had been read when it was noticed.
  public let reached: Int
  /// The byte at `offset`; nil at the end of the text.
  let found: UInt8?

  /// Whether the text ended inside an object or a list, as the first line of one that goes over
  /// several lines does.
  public var isUnfinished: Bool { found == nil && expectation != nil }

  /// What the text should hold at this place, where that is what is wrong.
  private var expectation: String? {
    switch problem {
    case .value: "a value"
    case .key: "a key in double quotes"
    case .colon(let key): "':' after the key '\(key)'"
    case .comma(let closing): "',' or '\(closing)'"
    default: nil
    }
  }
}

extension JSONSyntaxError {
  /// In the words for a line of data, with the remedy.
  public var message: String {
    if let expectation {
      return "expected \(expectation)" + (found == nil ? ", and the line ends" : "")
    }
    return switch problem {
    case .nan: "NaN is not JSON (pandas writes it for missing values); use null"
    case .infinity: "Infinity is not JSON; use null or a finite number"
    case .python: "this is Python, not JSON, which has null, true and false; use json.dumps"
    case .singleQuotes: "JSON has strings in double quotes only"
    case .digit, .fraction, .exponent: "expected a digit"
    case .openString: "the line ends within a string"
    case .control: "a control character within a string"
    case .escape: "an unknown escape"
    case .hexadecimal: "expected four hexadecimal digits"
    default: fileMessage
    }
  }

  /// What is wrong with the file called `name`, and where.
  public func text(file name: String) -> String {
    "\(name): broken JSON at byte \(reached): \(fileMessage)"
  }

  /// In the words for a file of a model.
  private var fileMessage: String {
    switch problem {
    case .textAfterValue: "text after the value"
    case .value, .nan, .infinity, .python, .singleQuotes: valueMessage
    case .key: "a key must be a string"
    case .colon: "a colon is missing"
    case .comma(let closing): "a comma or \(closing) is missing"
    case .repeatedKey(let key): "the key '\(key)' twice"
    case .levels(let most): "more than \(most) levels"
    case .digit: "an unexpected character"
    case .fraction: "a number without digits after its point"
    case .exponent: "a number without digits in its exponent"
    case .leadingZero: "a number with a leading zero"
    case .range: "the number is beyond the range of 64-bit floats; use null or a string"
    case .control: "a control character in a string"
    case .escape where found != nil: "an unknown escape"
    case .openString, .escape: "a string without end"
    case .hexadecimal: "a broken \\u escape"
    case .surrogate: "half a surrogate pair"
    case .encoding: "a string that is not UTF-8"
    }
  }

  private var valueMessage: String {
    switch found {
    case nil: "the text ends early"
    case UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"): "an unknown word"
    default: "an unexpected character"
    }
  }
}
