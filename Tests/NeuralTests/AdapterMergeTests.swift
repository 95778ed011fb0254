import Foundation
import Host
import JSON
import TestSupport
import Testing
import Text

@testable import Neural

@Suite("Adapters made elsewhere")
struct AdapterMergeTests {
  private struct Golden: Decodable {
    let ids: [Int32]
    let base: [Double]
    let cases: [String: [Double]]
  }

  private static func golden() throws -> Golden { try Repository.golden("adapter.json") }

  private static func adapter(_ name: String) throws -> [String: Data] {
    try [Adapters.configFile, Adapters.weightsFile].reduce(into: [:]) {
      $0[$1] = try Repository.data("adapter/\(name)/\($1)")
    }
  }

  private static func base() throws -> LanguageModel {
    try LanguageModel.load(files: TextFixture.folder("tiny-qwen2"))
  }

  private static func logProbs(_ model: LanguageModel, _ ids: [Int32]) -> [Double] {
    let scored = [Bool](repeating: true, count: ids.count)
    return Scorer(model: model).score(.sequences([(tokens: ids, scored: scored)])).logProbs
      .map(Double.init)
  }

  @Test(
    "merged into their base they give PEFT's log-probabilities", arguments: ["plain", "rslora"])
  func parity(name: String) throws {
    let (golden, model) = (try Self.golden(), try Self.base())
    let expected = try #require(golden.cases[name])
    for (own, theirs) in zip(Self.logProbs(model, golden.ids), golden.base) {
      #expect(abs(own - theirs) < 2e-6)
    }
    try model.merge(
      adapter: Repository.fixture("adapter/\(name)").path, in: LocalFiles())
    let found = Self.logProbs(model, golden.ids)
    #expect(found.count == expected.count)
    for (own, theirs) in zip(found, expected) { #expect(abs(own - theirs) < 3e-6, "\(name)") }
    #expect(zip(expected, golden.base).contains { abs($0 - $1) > 1e-3 }, "the adapters matter")
  }

  private static func merging(
    _ name: String = "rslora", _ change: (inout [String: Data]) throws -> Void
  ) throws {
    var files = try adapter(name)
    try change(&files)
    try base().merge(adapter: "a") { files[$0] }
  }

  private static func setting(_ key: String, _ value: JSONValue) throws {
    try merging { files in
      let config = try JSONParser.parse(files[Adapters.configFile] ?? Data(), name: "c")
      files[Adapters.configFile] = config.setting(key, value).data
    }
  }

  @Test("what changes the arithmetic and is not supported is named")
  func unsupported() throws {
    let cases: [(String, JSONValue, String)] = [
      ("use_dora", .bool(true), "use_dora true is not supported"),
      ("rank_pattern", .object([("q_proj", .int(2))]), #"rank_pattern {"q_proj":2} is not"#),
      ("modules_to_save", .array([.string("lm_head")]), #"modules_to_save ["lm_head"] is not"#),
      ("bias", .string("all"), #"bias "all" is not supported; none is"#),
      ("peft_type", .string("LOHA"), #"peft_type "LOHA" is not supported; LORA is"#),
      ("task_type", .string("SEQ_CLS"), #"task_type "SEQ_CLS" is not supported; CAUSAL_LM is"#),
      ("init_lora_weights", .string("pissa"), #"init_lora_weights "pissa" is not supported"#),
      ("fan_in_fan_out", .bool(true), "fan_in_fan_out true is not supported"),
      ("layers_to_transform", .array([.int(0)]), "layers_to_transform [0] is not supported"),
      ("use_something_new", .bool(true), "use_something_new true is not supported"),
    ]
    for (key, value, message) in cases {
      let error = #expect(throws: ModelError.self) { try Self.setting(key, value) }
      #expect(error?.code == .unsupported)
      #expect(error?.message.hasPrefix("a/adapter_config.json: \(message)") == true, "\(error)")
    }
    try Self.setting("something_off", .bool(false))
  }

  @Test("files that are missing, broken or of another model are named")
  func broken() throws {
    expectError(
      .missingFile, "a: there is no adapter_model.safetensors; give a folder that PEFT saved"
    ) { try Self.merging { $0[Adapters.weightsFile] = nil } }
    expectError(.brokenFile, "a/adapter_config.json: r must be a positive whole number") {
      try Self.setting("r", .int(0))
    }
    let rank = #expect(throws: ModelError.self) { try Self.setting("r", .int(3)) }
    #expect(rank?.message.contains("must have lora_A of shape [3, ") == true)
    let targets = #expect(throws: ModelError.self) {
      try Self.setting("target_modules", .array([.string("q_proj"), .string("k_proj")]))
    }
    #expect(
      targets?.message == "a/adapter_model.safetensors: target_modules names "
        + "'model.layers.0.self_attn.k_proj', and the file has no adapter for it")
    // The tied base of another family has no output layer of its own.
    let llama = try LanguageModel.load(files: TextFixture.folder("tiny-llama"))
    let other = #expect(throws: ModelError.self) {
      let files = try Self.adapter("plain")
      try llama.merge(adapter: "a") { files[$0] }
    }
    #expect(other?.code == .unsupported || other?.code == .mismatch)
    // Damaged bytes end in an error, never in a trap.
    for cut in [0, 1, 7, 8, 100, 1000, 5000] {
      #expect(throws: ModelError.self) {
        try Self.merging { $0[Adapters.weightsFile] = $0[Adapters.weightsFile]?.prefix(cut) }
      }
    }
  }

  @Test("a folder of adapters where a model belongs says whose they are")
  func folderOfAdapters() throws {
    let files = try Self.adapter("plain")
    expectError(
      .missingFile,
      "m: it contains adapters of "
        + "tiny-qwen2; give that model, and this folder as its adapter (in a "
        + "recipe { path: BASE, adapter: m }, for a command --model BASE --adapter m)"
    ) { _ = try LanguageModel.load(files: files, name: "m") }
  }

  @Test("adapters that were trained here merge into the same weights elsewhere")
  func ownAdapters() throws {
    let (trained, fresh) = (try Self.base(), try Self.base())
    let options = LoRAOptions(rank: 2, alpha: 6, targetModules: [.query, .up])
    let session = TrainingSession(
      model: trained, optimizer: AdamWOptions(),
      adapters: Adapters(of: trained, options: options, seed: 4))
    let ids: [Int32] = [4, 9, 2, 77, 31]
    let batch = PackedBatch.sequences(
      [(tokens: ids, scored: [Bool](repeating: true, count: ids.count))])
    for _ in 0..<3 {
      _ = session.accumulate(batch, coefficients: [Float](repeating: -0.25, count: 4))
      _ = session.update(learningRate: 0.05)
    }
    let files = try #require(try session.adapters?.files())
    try fresh.merge(adapter: "own") { files[$0] }
    #expect(trained.parameters.floats.array != (try Self.base()).parameters.floats.array)
    for (a, b) in zip(trained.parameters.floats.array, fresh.parameters.floats.array) {
      #expect(abs(a - b) <= 1e-6)
    }
    let named = try Adapters.config(files[Adapters.configFile] ?? Data(), naming: "org/base")
    let json = try JSONParser.parse(named, name: "c")
    #expect(json["base_model_name_or_path"]?.string == "org/base")
  }
}
