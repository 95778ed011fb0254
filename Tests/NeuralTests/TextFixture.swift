import Foundation
import TestSupport
import Testing

@testable import Neural
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

  /// The model that a GGUF file holds.
  static func model(gguf: Data) throws -> LanguageModel {
    let folder = try TemporaryFolder()
    return try LanguageModel.load(path: folder.write("model.gguf", gguf))
  }

  /// The files of a folder that transformers saved, by their names.
  static func folder(_ name: String) throws -> [String: Data] {
    let path = Repository.fixture("text/\(name)").path
    return try FileManager.default.contentsOfDirectory(atPath: path).reduce(into: [:]) {
      $0[$1] = try data("\(name)/\($1)")
    }
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

extension String {
  /// The text in ASCII, for messages.
  var debug: String { unicodeScalars.map { $0.escaped(asASCII: true) }.joined() }
}
