import Foundation
import TestSupport
import Testing

@testable import Text

/// Tests/Fixtures/text, made by text.py.
enum TextFixture {
  static func data(_ name: String) throws -> Data {
    try Repository.data("text/\(name)")
  }

  static func decode<Value: Decodable>(_ name: String, as type: Value.Type) throws -> Value {
    try JSONDecoder().decode(type, from: data(name))
  }

  /// The golden byte-level tokenizer of a pre-tokenizer.
  static func tokenizer(_ kind: String) throws -> any Tokenizer {
    let name = "tokenizer-\(kind).json"
    let data = try data(name)
    return try TokenizerJSON.read(data, name: name, originals: ["tokenizer.json": data])
  }
}

/// Expects `body` to throw a `ModelError` with this code and message.
func expectError(
  _ code: ModelError.Code, _ message: String, at location: SourceLocation = #_sourceLocation,
  _ body: () throws -> Void
) {
  let error = #expect(throws: ModelError.self, sourceLocation: location) { try body() }
  #expect(error == ModelError(code, message), sourceLocation: location)
}
