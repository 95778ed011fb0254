import Foundation
import JSON
import TestSupport
import Testing
import Text

@testable import Neural

@Suite("Rotary settings of config.json")
struct RopeConfigTests {
  /// Tests/Fixtures/rope.json: keys beside the sizes, and what transformers makes of them.
  private static func cases() throws -> (sizes: JSONValue, cases: [JSONValue]) {
    let data = try Repository.data("rope.json")
    let root = try JSONParser.parse(data, name: "rope.json")
    return (root["sizes"] ?? .null, root["cases"]?.array ?? [])
  }

  @Test("every place and spelling is read as transformers reads it, or refused")
  func places() throws {
    let (sizes, cases) = try Self.cases()
    #expect(cases.count > 150)
    var read = 0
    for item in cases {
      let added = [("model_type", item["model_type"] ?? .null)] + Array(item["keys"]?.object ?? [:])
      let text = added.reduce(sizes) { $0.setting($1.0, $1.1) }
      guard let config = try? ConfigJSON.read(text.data, name: "c").config else {
        continue
      }
      read += 1
      let resolved = try #require(item["resolved"], "transformers refuses \(text.line)")
      let expected = (resolved["frequencies"]?.array ?? []).compactMap(\.double)
      let own = RotaryTable.frequencies(
        headDim: config.headDim, theta: config.ropeTheta, scaling: config.ropeScaling)
      #expect(own.count == expected.count)
      for (a, b) in zip(own, expected) {
        #expect(abs(Double(a) - b) <= 1e-6 * b, "\(item["keys"]?.line ?? "")")
      }
      #expect(resolved["attention_scaling"]?.double == 1)
    }
    // Plain ones and Llama 3's; refused are other types, parts of heads and what is incomplete.
    #expect(read == 3 * 46)
  }

  @Test("a base of its own within rope_scaling counts, and it alone if both places are set")
  func bases() throws {
    func theta(_ keys: String) throws -> Double {
      let text =
        #"{"model_type":"llama","vocab_size":10,"hidden_size":8,"intermediate_size":16,"#
        + #""num_hidden_layers":1,"num_attention_heads":2,\#(keys)}"#
      return try ConfigJSON.read(Data(text.utf8), name: "c").config.ropeTheta
    }
    #expect(try theta(#""rope_scaling":{"rope_type":"default","rope_theta":500000}"#) == 5e5)
    let both = #""rope_scaling":{"rope_theta":2e5},"rope_parameters":{"rope_theta":5e5}"#
    #expect(try theta(both) == 2e5)
    expectError(.brokenFile, #"c: rope_scaling.rope_theta is null"#) {
      _ = try theta(#""rope_scaling":{"rope_theta":null}"#)
    }
    expectError(.brokenFile, #"c: rope_scaling.rope_type is 3; it must be a string"#) {
      _ = try theta(#""rope_scaling":{"rope_type":3}"#)
    }
    expectError(
      .unsupported,
      "c: rope_parameters.full_attention as an object is not supported; one set of values for all "
        + "layers is implemented"
    ) { _ = try theta(#""rope_parameters":{"full_attention":{"rope_theta":5e5}}"#) }
  }
}
