import Foundation
import Randomness
import TestSupport
import Testing
import Text

@testable import Neural

@Suite("Numbers that are not finite")
struct FiniteTests {
  @Test("are found at any place of a buffer")
  func buffers() {
    for count in [0, 1, 15, 16, 33, 1000, (1 << 18) + 5] {
      let memory = Tensor(count: count)
      for index in 0..<count { memory.floats[index] = Float(index % 7) - 3 }
      #expect(memory.floats.areFinite)
      for place in Set([0, count / 2, count - 1]) where count > 0 {
        for value in [Float.nan, .infinity, -.infinity, .signalingNaN] {
          let plain = memory.floats[place]
          memory.floats[place] = value
          #expect(!memory.floats.areFinite, "\(value) at \(place) of \(count)")
          memory.floats[place] = plain
        }
        memory.floats[place] = .greatestFiniteMagnitude
        #expect(memory.floats.areFinite)
      }
    }
  }

  @Test("a checkpoint that holds one is refused with the tensor's name, in every format")
  func loading() throws {
    let name = "model.layers.1.mlp.up_proj.weight"
    let model = try LanguageModel.load(files: TextFixture.folder("tiny-llama"))
    model.parameters[name][37] = .nan
    let tensors = model.parameters.entries.map {
      ($0.name, $0.shape, model.parameters.floats[$0.range])
    }
    var files = try TextFixture.folder("tiny-llama")
    for type in ExportType.allCases {
      files["model.safetensors"] = try SafetensorsWriter.data(tensors, as: type)
      expectError(
        .notFinite,
        "m: the tensor '\(name)' is not finite: element 37 of 2048 is nan; the file is damaged or "
          + "its training diverged; use another checkpoint"
      ) { _ = try LanguageModel.load(files: files, name: "m") }
    }
    // Of a quantised block the scale is what can be no number.
    var file = try LanguageModel.load(files: TextFixture.folder("tiny-llama")).gguf(dtype: .q80)
    let up = try #require(GGUF(file, name: "m").tensors.first { $0.name == "blk.1.ffn_up.weight" })
    let scale = up.bytes.lowerBound
    file.replaceSubrange(scale..<scale + 2, with: [0x00, 0x7C])
    let error = #expect(throws: ModelError.self) { try TextFixture.model(gguf: file) }
    #expect(error?.code == .notFinite)
    #expect(error?.message.contains("the tensor '\(name)' is not finite: element 0") == true)
  }

  @Test("weights that diverged are not written")
  func writing() throws {
    let model = try LanguageModel.load(files: TextFixture.folder("tiny-qwen2"))
    model.parameters["model.norm.weight"][3] = .infinity
    let message =
      "the model: the tensor 'model.norm.weight' is not finite: element 3 of 32 is inf; it is not "
      + "written, and the last checkpoint stays; lower learning_rate or max_grad_norm"
    expectError(.notFinite, message) { _ = try model.data(dtype: .f32) }
    expectError(.notFinite, message) { _ = try model.weights(dtype: .f32) }
    expectError(.notFinite, message) { _ = try model.gguf(dtype: .f16) }
  }

  @Test("adapters made elsewhere that hold one are refused with their own tensor's name")
  func foreignAdapters() throws {
    let model = try LanguageModel.load(files: TextFixture.folder("tiny-qwen2"))
    let adapters = Adapters(
      of: model, options: LoRAOptions(rank: 2, alpha: 4, targetModules: [.query]), seed: 1)
    var files = try adapters.files()
    let weights = try #require(files[Adapters.weightsFile])
    let stored = try Safetensors(weights, name: "a").tensors
    let tensor = try #require(stored.first { $0.name.contains("layers.1") })
    var changed = weights
    let place = changed.startIndex + tensor.bytes.lowerBound + 8
    changed.replaceSubrange(place..<place + 4, with: [0, 0, 0x80, 0x7F])
    files[Adapters.weightsFile] = changed
    let message =
      "a/adapter_model.safetensors: the tensor '\(tensor.name)' is not finite: element 2 of "
      + "\(tensor.elements) is inf; the adapters are damaged or their training diverged; use other "
      + "ones"
    expectError(.notFinite, message) { try model.merge(adapter: "a") { files[$0] } }
  }

  @Test("adapters that diverged are not written")
  func adapters() throws {
    let model = try LanguageModel.load(files: TextFixture.folder("tiny-qwen2"))
    let adapters = Adapters(
      of: model, options: LoRAOptions(rank: 2, alpha: 4, targetModules: [.query]), seed: 1)
    _ = try adapters.files()
    adapters.parameters.floats[5] = .nan
    let error = #expect(throws: ModelError.self) { try adapters.files() }
    #expect(error?.code == .notFinite)
    #expect(error?.message.contains("lora_A.weight' is not finite: element 5") == true)
  }

  @Test("logits that are none end generation with the prompt and the place")
  func logits() throws {
    let model = try GeneratorTests.model(GeneratorTests.configs[0])
    // Finite, and too large for what is multiplied with them.
    for entry in model.parameters.entries where entry.name.contains("mlp") {
      model.parameters[entry.name].fill(.greatestFiniteMagnitude)
    }
    model.parameters.changed()
    let prompts = GeneratorTests.prompts([(3, 2), (4, 1)])
    for options in VocabularyMaskTests.ways {
      let error = #expect(throws: UndefinedLogits.self) {
        try Generator(model: model, maxBatch: 4).generate(prompts, options) { _ in }
      }
      #expect(error == UndefinedLogits(prompt: 0, sample: 0, position: 0))
    }
  }
}
