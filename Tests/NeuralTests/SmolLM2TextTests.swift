import Foundation
import Host
import Testing
import Text

@testable import Neural

/// What a real model's file holds, as transformers reads it; run by `make parity`.
@Suite(
  "SmolLM2's file",
  .enabled(if: ProcessInfo.processInfo.environment["REGIMEN_SMOLLM2"] != nil))
struct SmolLM2TextTests {
  struct Golden: Decodable {
    struct Case: Decodable {
      let text: String
      let ids: [Int32]
    }

    struct Chat: Decodable {
      let messages: [[String: String]]
      let text: String
    }

    struct Weight: Decodable {
      let shape: [Int]
      let checksum: String
    }

    let cases: [Case]
    let chat: [Chat]
    let weights: [String: Weight]
  }

  let golden: Golden
  let path: String

  init() throws {
    golden = try TextFixture.decode("../smollm2_text.json", as: Golden.self)
    path = ProcessInfo.processInfo.environment["REGIMEN_SMOLLM2"] ?? ""
  }

  @Test("texts have transformers' ids and come back from them")
  func tokenization() throws {
    let tokenizer = try LanguageModel.loadTokenizer(path: path, in: LocalFiles())
    for example in golden.cases {
      #expect(try tokenizer.encode(example.text) == example.ids, "\(example.text.debug)")
    }
  }

  @Test("conversations read as transformers renders them")
  func chat() throws {
    let template = try #require(try LanguageModel.load(path: path).chatTemplate)
    for example in golden.chat {
      let messages = example.messages.map {
        ChatMessage(role: $0["role"] ?? "", content: $0["content"] ?? "")
      }
      #expect(try template.render(messages, addGenerationPrompt: true) == example.text)
    }
  }

  @Test("every weight is the one that transformers dequantises, bit for bit")
  func weights() throws {
    let model = try LanguageModel.load(path: path)
    #expect(model.parameters.entries.count == golden.weights.count)
    for entry in model.parameters.entries {
      #expect(entry.shape == golden.weights[entry.name]?.shape)
      let values = model.parameters.floats[entry.range]
      #expect(checksum(values) == golden.weights[entry.name]?.checksum, "\(entry.name)")
    }
  }

  @Test("its files load as the same model and tokenizer")
  func files() throws {
    let model = try LanguageModel.load(path: path)
    let copy = try LanguageModel.load(files: model.data(dtype: .f32))
    #expect(copy.config == model.config)
    for entry in model.parameters.entries {
      let values = copy.parameters.floats[entry.range]
      #expect(checksum(values) == golden.weights[entry.name]?.checksum, "\(entry.name)")
    }
    for example in golden.cases {
      #expect(try copy.tokenizer.encode(example.text) == example.ids)
    }
  }

  /// Sum of bit pattern x (2 place + 1), modulo 2^64.
  private func checksum(_ values: Floats) -> String {
    var sum: UInt64 = 0
    for place in 0..<values.count {
      sum &+= UInt64(values[place].bitPattern) &* UInt64(2 * place + 1)
    }
    let text = String(sum, radix: 16)
    return String(repeating: "0", count: 16 - text.count) + text
  }
}
