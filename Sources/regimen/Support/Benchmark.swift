import Foundation
import Insight
import JSON
import Neural
import Randomness

/// What a benchmark found, in the units of its report.
struct BenchmarkResult {
  var tokensPerSecond: Double
  var prefillTokensPerSecond: Double?
  /// Seconds an update when training, seconds a token of the whole batch when decoding.
  var secondsPerStep: Double
  var precision: Precision
  /// Mean seconds of a step that each phase takes.
  var phases: [(name: String, seconds: Double)] = []
}

/// What the benchmarks share: repetitions, medians, the report.
enum Benchmark {
  /// Seconds of each repetition: as many as fit in `seconds`, three at least, after one that warms
  /// caches and is not counted.
  static func repeated(
    seconds: Double, warmUp: Bool = true, console: Console, _ body: () throws -> Void
  ) rethrows -> [Double] {
    let clock = ContinuousClock()
    if warmUp { try body() }
    var times: [Double] = []
    while times.count < 3 || times.reduce(0, +) < seconds {
      times.append(try clock.measure(body).seconds)
      console.detail("repetition \(times.count): \(Quantity.duration(times[times.count - 1]))")
    }
    return times
  }

  static func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }

  /// Random tokens, the same every time.
  static func tokens(_ model: LanguageModel, sequences: Int, length: Int) -> [[Int32]] {
    (0..<sequences).map { sequence in
      var stream = RandomStream(seed: 0, UInt64(sequence))
      return (0..<length).map { _ in
        Int32.random(in: 0..<Int32(model.config.vocabSize), using: &stream)
      }
    }
  }

  static func prompts(_ model: LanguageModel, count: Int, length: Int) -> [GenerationPrompt] {
    tokens(model, sequences: count, length: length).enumerated().map { index, tokens in
      GenerationPrompt(tokens: tokens, samples: [RandomStream(seed: 1, UInt64(index))])
    }
  }

  static func report(_ result: BenchmarkResult, json: Bool) {
    let environment = KernelEnvironment.current
    if json {
      let phases = result.phases.map { ($0.name, JSONValue.double($0.seconds)) }
      Output.json(
        .object(
          [
            ("tokens_per_second", .double(result.tokensPerSecond)),
            ("prefill_tokens_per_second", .optional(result.prefillTokensPerSecond)),
            ("seconds_per_step", .double(result.secondsPerStep)),
            ("peak_memory_bytes", .int(Machine.peakMemory)),
            ("cpu", .string(Machine.cpuName)),
            ("threads", .int(environment.threads)),
            ("precision", .string(result.precision.rawValue)),
          ] + (phases.isEmpty ? [] : [("phases", .object(phases))])))
      return
    }
    var table = TextTable(["figure", .right("value")])
    table.add(["tokens/s", Quantity.number(result.tokensPerSecond)])
    if let prefill = result.prefillTokensPerSecond {
      table.add(["prefill tokens/s", Quantity.number(prefill)])
    }
    table.add(["seconds a step", Quantity.number(result.secondsPerStep)])
    for phase in result.phases where phase.seconds > 0 {
      table.add(["  \(phase.name)", Quantity.number(phase.seconds)])
    }
    table.add(["peak memory", Quantity.bytes(Machine.peakMemory)])
    table.add(["threads", "\(environment.threads)"])
    table.add(["precision", result.precision.rawValue])
    table.add(["CPU", "\(Machine.cpuName) (\(environment.cpuLevel))"])
    Output.line(table.render())
  }
}

extension Duration {
  var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
