import Foundation
import Randomness
import Testing
import Text

@testable import Neural

/// Damaged files end in a `ModelError` or load; they never trap, hang or take memory beyond their
/// size.
@Suite("Damaged files")
struct FormatFuzzTests {
  /// Copies of `data` with bytes changed, cut out or cut off; mostly in the first `header` bytes.
  private func damaged(_ data: Data, header: Int, count: Int, key: UInt64) -> [Data] {
    var random = RandomStream(seed: 99, key)
    let isThorough = ProcessInfo.processInfo.environment["REGIMEN_TEST_ALL"] != nil
    return (0..<count * (isThorough ? 20 : 1)).map { _ in
      var copy = data
      for _ in 0...Int.random(in: 0..<4, using: &random) {
        let limit = Bool.random(using: &random) ? min(header, copy.count) : copy.count
        let place = copy.startIndex + Int.random(in: 0..<max(1, limit), using: &random)
        guard place < copy.endIndex else { continue }
        switch Int.random(in: 0..<8, using: &random) {
        case 0: copy = copy.prefix(upTo: place)
        case 1: copy.removeSubrange(place..<min(place + 3, copy.endIndex))
        case 2: copy[place] = [0, 0x7F, 0xFF, 0x80].randomElement(using: &random) ?? 0
        case 3: copy.insert(contentsOf: copy[place..<min(place + 9, copy.endIndex)], at: place)
        default: copy[place] = UInt8.random(in: 0...255, using: &random)
        }
      }
      return copy
    }
  }

  /// How many of `files` load; anything thrown must be a `ModelError`.
  private func loads(_ files: [Data], _ body: (Data) throws -> Void) -> Int {
    var count = 0
    for file in files {
      do {
        try body(file)
        count += 1
      } catch {
        #expect(error is ModelError)
      }
    }
    return count
  }

  @Test("GGUF files", arguments: ["llama", "qwen2"])
  func gguf(kind: String) throws {
    let data = try TextFixture.data("tiny-\(kind).gguf")
    let files = damaged(data, header: 600, count: 700, key: 1)
    let whole = loads(files) { file in
      let checkpoint = try GGUFModel.read(file, name: "f")
      try checkpoint.check()
      for weight in checkpoint.weights.values {
        let values = Tensor(count: weight.tensor.elements)
        weight.read(values.floats)
      }
      _ = try checkpoint.tokenizer.encode("größer€ 12 <|im_end|>")
    }
    #expect(whole < files.count)
  }

  @Test("safetensors files")
  func safetensors() throws {
    let data = try TextFixture.data("tiny-llama/model.safetensors")
    let files = damaged(data, header: 2500, count: 2000, key: 2)
    let whole = loads(files) { file in
      for tensor in try Safetensors(file, name: "f").tensors {
        let values = Tensor(count: tensor.elements)
        tensor.read(values.floats, from: file)
      }
    }
    #expect(whole < files.count)
  }

  @Test("tokenizer.json, config.json and the rest of a folder")
  func folder() throws {
    let original = try TextFixture.folder("tiny-qwen2")
    for (index, name) in original.keys.sorted().enumerated() where name != "model.safetensors" {
      let data = try #require(original[name])
      let files = damaged(data, header: 500, count: 300, key: UInt64(10 + index))
      let whole = loads(files) { file in
        var folder = original
        folder[name] = file
        let model = try LanguageModel.load(files: folder)
        _ = try model.tokenizer.encode("größer€ 12 <|im_end|> don't")
        _ = try model.data(dtype: .bf16)
      }
      // Any text is a template, if an unknown one.
      #expect(whole < files.count, "\(name)")
    }
  }

  @Test("templates: any text renders or is refused")
  func templates() throws {
    struct Golden: Decodable { let templates: [String: String] }
    let golden = try TextFixture.decode("chat.json", as: Golden.self)
    let messages = [ChatMessage(role: "user", content: "2 + 2?")]
    for (index, text) in golden.templates.values.sorted().enumerated() {
      let files = damaged(
        Data(text.utf8), header: 2000, count: 300, key: UInt64(30 + index))
      let rendered = files.filter { file in
        let template = ChatTemplate(String(decoding: file, as: UTF8.self))
        do {
          _ = try template.render(messages, addGenerationPrompt: true)
          return true
        } catch {
          #expect(error is ModelError)
          return false
        }
      }
      // Damage in a tag shows, but an empty template has none.
      #expect(rendered.count < files.count || text.isEmpty)
    }
  }
}
