import ArgumentParser
import Foundation
import Insight
import Neural
import Recipes

struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measures training and sampling on this machine.",
    subcommands: [BenchTrainCommand.self, BenchDecodeCommand.self, BenchGRPOCommand.self])
}

/// What the benchmarks take.
struct BenchOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A GGUF file, a Hugging Face folder (only config.json: random weights), or RUN/STAGE.",
      valueName: "m"))
  var model: String

  @Option(help: "The precision to compute in: f32, bf16 or auto.")
  var precision = PrecisionChoice.auto

  @Option(help: "How long to measure, at least three repetitions.")
  var seconds = 10.0

  @Flag(help: "Print one JSON document.")
  var json = false

  func validate() throws {
    guard seconds >= 0, seconds.isFinite else {
      throw ValidationError("--seconds must be 0 or more.")
    }
  }
}

struct BenchTrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "A training step: forward, backward and AdamW over BATCH sequences of LENGTH tokens.")

  @OptionGroup var options: BenchOptions
  @Option(help: "Sequences per step.") var batch = 8
  @Option(help: "Tokens per sequence.") var length = 256
  @Flag(help: "Recompute each layer in its backward pass, which takes less memory.")
  var gradientCheckpointing = false
  @Option(help: "Train LoRA adapters of this rank on every matrix instead of all weights.")
  var loraR: Int?
  @OptionGroup var global: GlobalOptions

  func validate() throws {
    guard batch > 0, length > 1 else {
      throw ValidationError("--batch and --length must be positive.")
    }
    guard loraR ?? 1 > 0 else { throw ValidationError("--lora-r must be positive.") }
  }

  func run() throws {
    let precision = try options.precision.resolved()
    let model = try ModelArgument(options.model, global).loadOrInvent()
    model.precision = precision
    let session = TrainingSession(
      model: model, optimizer: AdamWOptions(), adapters: loraR.map { adapters(model, rank: $0) },
      activationTokens: batch * length, recomputesActivations: gradientCheckpointing)
    let sequences = Benchmark.tokens(model, sequences: batch, length: length)
    let data = PackedBatch.sequences(
      sequences.map { (tokens: $0, scored: Array(repeating: true, count: $0.count)) })
    let count = batch * (length - 1)
    let coefficients = Array(repeating: -1 / Float(count), count: count)
    let steps = Benchmark.repeated(seconds: options.seconds, console: global.console) {
      _ = session.accumulate(data, coefficients: coefficients)
      _ = session.update(learningRate: 1e-5, maxGradNorm: 1)
    }
    let step = Benchmark.median(steps)
    Benchmark.report(
      BenchmarkResult(
        tokensPerSecond: Double(batch * length) / step, secondsPerStep: step, precision: precision),
      json: options.json)
  }

  private func adapters(_ model: LanguageModel, rank: Int) -> Adapters {
    Adapters(
      of: model,
      options: LoRAOptions(
        rank: rank, alpha: Double(2 * rank), targetModules: LoRAOptions.TargetModule.allCases),
      seed: 0)
  }
}

struct BenchDecodeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "decode",
    abstract: "Sampling NEW-TOKENS tokens after each of BATCH prompts of LENGTH tokens.")

  @OptionGroup var options: BenchOptions
  @Option(help: "Sequences at once.") var batch = 32
  @Option(help: "Tokens per prompt.") var length = 64
  @Option(help: "Tokens to sample per sequence.") var newTokens = 96
  @OptionGroup var global: GlobalOptions

  func validate() throws {
    guard batch > 0, length > 0, newTokens > 1 else {
      throw ValidationError("--batch and --length must be positive, --new-tokens above 1.")
    }
  }

  func run() throws {
    let precision = try options.precision.resolved()
    let model = try ModelArgument(options.model, global).loadOrInvent()
    model.precision = precision
    let generator = Generator(model: model, maxBatch: batch)
    let prompts = Benchmark.prompts(model, count: batch, length: length)
    func seconds(newTokens: Int) throws -> Double {
      let clock = ContinuousClock()
      let start = clock.now
      var sampled = 0
      try generator.generate(prompts, SamplingOptions(maxNewTokens: newTokens, stopTokens: [])) {
        sampled += $0.tokens.count
      }
      precondition(sampled == batch * newTokens, "without stop tokens every row reaches its limit")
      return (clock.now - start).seconds
    }
    // The first new token comes out of the prefill; the others are what decoding takes.
    var prefill: [Double] = []
    var decode: [Double] = []
    _ = try seconds(newTokens: 2)
    _ = try Benchmark.repeated(seconds: options.seconds, warmUp: false, console: global.console) {
      prefill.append(try seconds(newTokens: 1))
      decode.append(try seconds(newTokens: newTokens) - (prefill.last ?? 0))
    }
    let step = Benchmark.median(decode) / Double(newTokens - 1)
    Benchmark.report(
      BenchmarkResult(
        tokensPerSecond: Double(batch) / step,
        prefillTokensPerSecond: Double(batch * length) / Benchmark.median(prefill),
        secondsPerStep: step, precision: precision),
      json: options.json)
  }
}
