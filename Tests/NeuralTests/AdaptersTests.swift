import AllocationCounter
import Foundation
import Host
import JSON
import TestSupport
import Testing
import Text

@testable import Neural

@Suite("Adapters")
struct AdaptersTests {
  /// Tests/Fixtures/lora.json, made by lora.py with PEFT.
  struct Golden: Decodable, CustomStringConvertible {
    struct Settings: Decodable {
      let r: Int
      let loraAlpha: Double
      let targetModules: [String]
      let useRslora: Bool?

      enum CodingKeys: String, CodingKey {
        case r
        case loraAlpha = "lora_alpha"
        case targetModules = "target_modules"
        case useRslora = "use_rslora"
      }
    }

    let model: String
    let settings: Settings
    let logProbs: [Double]
    let gradientNorms: [String: Double]
    let gradients: [String: [Double]]
    let training: DecoderFixture.Training
    let shapes: [String: [Int]]

    var description: String { model }

    var options: LoRAOptions {
      LoRAOptions(
        rank: settings.r, alpha: settings.loraAlpha,
        targetModules: settings.targetModules.compactMap { .init(rawValue: $0) },
        isRankStabilized: settings.useRslora ?? false)
    }
  }

  static func golden() throws -> (cases: [Golden], configs: [JSONValue]) {
    let data = try Repository.data("lora.json")
    let json = try JSONParser.parse(data, name: "lora.json").array ?? []
    return (
      try JSONDecoder().decode([Golden].self, from: data), json.compactMap { $0["config"] }
    )
  }

  /// The adapters of lora.py, merged into the model.
  static func adapters(_ model: LanguageModel, _ options: LoRAOptions) -> Adapters {
    let adapters = Adapters(of: model, options: options, seed: 1)
    let entries = adapters.parameters.entries.sorted { $0.name < $1.name }
    for (seed, entry) in entries.enumerated() {
      let draws = DecoderFixture.integers(entry.range.count, seed: 400 + seed)
        .map { Float($0) / 4096 - 0.5 }
      adapters.parameters[entry.name].copy(from: turned(entry, draws, toFile: false))
    }
    adapters.parameters.changed()
    adapters.merge(into: model)
    return adapters
  }

  /// B lies turned in memory, [rank, rows], and not in files.
  static func turned(
    _ entry: ParameterSet.Entry, _ values: [Float], toFile: Bool
  ) -> [Float] {
    guard entry.name.hasSuffix("lora_B.weight") else { return values }
    let (rank, rows) = (entry.shape[0], entry.shape[1])
    return values.indices.map { i in
      toFile ? values[i % rank * rows + i / rank] : values[i % rows * rank + i / rows]
    }
  }

  private func gradients(_ session: TrainingSession) throws -> [String: [Float]] {
    let all = session.gradientValues
    return Dictionary(
      uniqueKeysWithValues: try #require(session.adapters).parameters.entries.map { entry in
        (
          "base_model.model.\(entry.name)",
          Self.turned(entry, Array(all[entry.range]), toFile: true)
        )
      })
  }

  @Test("log-probabilities and gradients are PEFT's")
  func goldenGradients() throws {
    for golden in try Self.golden().cases {
      let model = try DecoderFixture.model(golden.model)
      let session = TrainingSession(
        model: model, optimizer: AdamWOptions(), adapters: Self.adapters(model, golden.options))
      let batch = PackedBatch.sequences(
        DecoderFixture.sequences(vocabulary: model.config.vocabSize))
      let scores = session.accumulate(batch, temperature: 0.75) {
        DecoderFixture.coefficients($0.logProbs.count)
      }
      #expect(largestError(scores.logProbs, golden.logProbs) < 1e-5, "\(golden)")
      let gradients = try gradients(session)
      #expect(Set(gradients.keys) == Set(golden.gradientNorms.keys), "\(golden)")
      for (name, norm) in golden.gradientNorms {
        let own = (gradients[name] ?? []).reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
        #expect(abs(own - norm) < 2e-5 * norm, "\(golden) \(name)")
      }
      for (name, values) in golden.gradients {
        #expect(relativeError(gradients[name] ?? [], values) < 4e-5, "\(golden) \(name)")
      }
    }
  }

  @Test("ten updates of adapters alone are PEFT's, and the rest of the model stays as it was")
  func goldenTraining() throws {
    for golden in try Self.golden().cases {
      let model = try DecoderFixture.model(golden.model)
      let before = model.parameters.floats.array
      let session = TrainingSession(
        model: model, optimizer: TrainingSessionTests.options,
        adapters: Self.adapters(model, golden.options))
      let batch = PackedBatch.sequences(
        DecoderFixture.sequences(vocabulary: model.config.vocabSize))
      let (losses, norms) = TrainingSessionTests.train(session, batch, steps: 0..<10)
      for (own, theirs) in zip(losses, golden.training.losses) {
        #expect(abs(own - theirs) < 1e-5 * theirs, "\(golden)")
      }
      for (own, theirs) in zip(norms, golden.training.gradientNorms) {
        #expect(abs(own - theirs) < 1e-4 * theirs, "\(golden)")
      }
      #expect(
        largestError(session.score(batch).logProbs, golden.training.logProbs) < 1e-4, "\(golden)")
      let targets = golden.options.targetModules.map { "\($0.rawValue).weight" }
      for entry in model.parameters.entries {
        let isSame = Array(before[entry.range]) == model.parameters[entry.name].array
        #expect(isSame == !targets.contains { entry.name.hasSuffix($0) }, "\(entry.name)")
      }
    }
  }

  @Test("files have PEFT's names, shapes and settings")
  func files() throws {
    let (cases, configs) = try Self.golden()
    for (golden, theirs) in zip(cases, configs) {
      let model = try DecoderFixture.model(golden.model)
      let files = try Self.adapters(model, golden.options).files()
      let stored = try Safetensors(try #require(files[Adapters.weightsFile]), name: "adapters")
      #expect(
        Dictionary(uniqueKeysWithValues: stored.tensors.map { ($0.name, $0.shape) })
          == golden.shapes)
      let own = try JSONParser.parse(try #require(files[Adapters.configFile]), name: "config")
      for (key, value) in theirs.object ?? [:] {
        #expect(own[key]?.line == value.line || own[key]?.double == value.double, "\(key)")
      }
      let names = own["target_modules"]?.array?.compactMap(\.string) ?? []
      #expect(Set(names) == Set(golden.settings.targetModules))
    }
  }

  /// By every precision there is.
  private static let precisions = Precision.allCases.filter { $0 == .f32 || Precision.hasBF16 }

  @Test("gradients are those of the whole matrices, projected", arguments: precisions)
  func projected(precision: Precision) throws {
    let options = LoRAOptions(rank: 5, alpha: 3, targetModules: [.value, .output, .gate, .down])
    func session(_ whole: Bool) throws -> (TrainingSession, LanguageModel, Adapters) {
      let model = try DecoderFixture.model("qwen3, untied")
      model.precision = precision
      let adapters = Self.adapters(model, options)
      let session = TrainingSession(
        model: model, optimizer: AdamWOptions(), adapters: whole ? nil : adapters)
      let batch = PackedBatch.sequences(DecoderFixture.sequences(vocabulary: 47))
      _ = session.accumulate(
        batch, coefficients: DecoderFixture.coefficients(batch.scoredRows.count))
      return (session, model, adapters)
    }
    let (whole, model, adapters) = try session(true)
    let own = try session(false).0.gradientValues
    let (all, factors) = (whole.gradientValues, adapters.parameters.floats)
    for layer in adapters.layers {
      for place in layer.queryKeyValue + layer.output + layer.gateUp + layer.down {
        let dW = all[place.weight].map { Double($0) * Double(options.scale) }
        let (rows, width) = (place.rows.count, place.inputs)
        let (a, b) = (factors[place.a].array, factors[place.b].array)
        var (dA, dB) = (
          [Double](repeating: 0, count: a.count), [Double](repeating: 0, count: b.count)
        )
        for k in 0..<options.rank {
          for row in 0..<rows {
            for i in 0..<width {
              dA[k * width + i] += Double(b[k * rows + row]) * dW[row * width + i]
              dB[k * rows + row] += Double(a[k * width + i]) * dW[row * width + i]
            }
          }
        }
        let limit = precision == .f32 ? 1e-5 : 1e-2
        #expect(relativeError(Array(own[place.a]), dA) < limit)
        #expect(relativeError(Array(own[place.b]), dB) < limit)
      }
    }
    #expect(model.parameters.count > adapters.parameters.count)
  }

  @Test("fresh adapters change nothing, and are the same for one seed")
  func fresh() throws {
    let model = try DecoderFixture.model("llama, tied")
    let before = model.parameters.floats.array
    let options = LoRAOptions(rank: 8, alpha: 16, targetModules: [.query, .up])
    let adapters = Adapters(of: model, options: options, seed: 3)
    adapters.merge(into: model)
    #expect(model.parameters.floats.array == before)
    #expect(try adapters.files() == Adapters(of: model, options: options, seed: 3).files())
    #expect(try adapters.files() != Adapters(of: model, options: options, seed: 4).files())
    let a = adapters.parameters["model.layers.0.self_attn.q_proj.lora_A.weight"].array
    let bound = 1 / Float(model.config.hiddenSize).squareRoot()
    #expect(a.allSatisfy { abs($0) <= bound } && a.contains { abs($0) > 0.9 * bound })
  }

  @Test("training goes on from saved adapters and state with the same bits, with any threads")
  func restore() throws {
    let options = LoRAOptions(rank: 17, alpha: 17, targetModules: LoRAOptions.TargetModule.allCases)
    func start() throws -> (LanguageModel, TrainingSession) {
      let model = try DecoderFixture.model("qwen2, tied")
      return (
        model,
        TrainingSession(
          model: model, optimizer: TrainingSessionTests.options,
          adapters: Adapters(of: model, options: options, seed: 5))
      )
    }
    let (straight, session) = try start()
    let batch = PackedBatch.sequences(DecoderFixture.sequences(vocabulary: 50))
    _ = withThreads(1) { TrainingSessionTests.train(session, batch, steps: 0..<4) }
    let (weights, state) = (try session.weights(), try session.optimizerState.data())
    let after = withThreads(1) { TrainingSessionTests.train(session, batch, steps: 4..<10) }
    let (resumed, second) = try start()
    try second.restore(weights: weights)
    try second.restore(optimizerState: state)
    let again = withThreads(2) { TrainingSessionTests.train(second, batch, steps: 4..<10) }
    #expect(again.losses == after.losses && again.norms == after.norms)
    #expect(resumed.parameters.floats.array == straight.parameters.floats.array)
    #expect(try second.weights() == session.weights())
    #expect(weights.count < 8 * 1024 + 4 * second.gradientValues.count)
  }

  @Test("the adapters of another model or size are refused")
  func mismatch() throws {
    let model = try DecoderFixture.model("llama, tied")
    func weights(_ rank: Int, _ targets: [LoRAOptions.TargetModule]) throws -> Data {
      let options = LoRAOptions(rank: rank, alpha: 1, targetModules: targets)
      let files = try Adapters(of: model, options: options, seed: 1).files()
      return try #require(files[Adapters.weightsFile])
    }
    let adapters = Adapters(
      of: model, options: LoRAOptions(rank: 4, alpha: 1, targetModules: [.down]), seed: 1)
    for other in [try weights(5, [.down]), try weights(4, [.up]), Data("{}".utf8)] {
      #expect(throws: ModelError.self) { try adapters.restore(weights: other, into: model) }
    }
    try adapters.restore(weights: weights(4, [.down, .up]), into: model)
  }

  @Test("an update of a shape that was seen takes no memory of the size of activations")
  func allocations() throws {
    for precision in Self.precisions {
      let model = try GeneratorTests.model(DecoderTests.configs[0])
      model.precision = precision
      let options = LoRAOptions(
        rank: 4, alpha: 4, targetModules: LoRAOptions.TargetModule.allCases)
      let session = TrainingSession(
        model: model, optimizer: AdamWOptions(),
        adapters: Adapters(of: model, options: options, seed: 1))
      let sequences = (0..<32).map { index in
        let tokens = DecoderFixture.integers(96, seed: 700 + index)
        return (tokens: tokens.map { Int32($0 % 19) }, scored: tokens.map { _ in true })
      }
      let batch = PackedBatch.sequences(sequences)
      let coefficients = DecoderFixture.coefficients(batch.scoredRows.count)
      func count() -> Int {
        allocations_count(batch.count * model.config.hiddenSize * 2)
        _ = session.accumulate(batch, coefficients: coefficients)
        _ = session.update(learningRate: 1e-3, maxGradNorm: 1)
        return allocations_counted()
      }
      #expect(count() > 0, "the workspace is made")
      #expect(count() == 0)
    }
  }
}
