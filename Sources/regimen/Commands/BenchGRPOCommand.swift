import ArgumentParser
import Foundation
import Host
import Insight
import JSON
import Neural
import Recipes
import Stages
import Storage
import Text
import Workflow

struct BenchGRPOCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "grpo",
    abstract: "Whole GRPO updates, including sampling and storing, and where their time goes.",
    discussion: """
      Runs a grpo stage of a few updates on sums, in a temporary workspace. tokens/s counts \
      completion tokens; the phases are means per update and add up to its time. Completions end \
      where the model ends them.
      """)

  @OptionGroup var options: BenchOptions
  @Option(help: "Prompts per update.") var prompts = 4
  @Option(help: "Completions per prompt.") var generations = 8
  @Option(help: "The most tokens of a completion.") var newTokens = 96
  @Option(help: "Updates to measure, after one that is not counted.") var steps = 4
  @Option(help: "Weight of the KL term; 0 leaves the reference model out.") var beta = 0.001
  @OptionGroup var global: GlobalOptions

  func validate() throws {
    guard prompts > 0, generations > 1, newTokens > 0, steps > 0, beta >= 0 else {
      throw ValidationError(
        "--prompts, --new-tokens and --steps must be positive, --generations above 1, --beta not "
          + "negative.")
    }
  }

  func run() async throws {
    let precision = try options.precision.resolved()
    try global.applyThreads()
    guard FileManager.default.fileExists(atPath: options.model) else {
      throw CommandError(.badInput, "\(options.model): no such file or folder")
    }
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("regimen-bench-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let store = try Store(workspace: Workspace(folder.path), create: true)
    let chat = try LanguageModel.load(path: options.model, in: LocalFiles()).chatTemplate != nil
    let recipe = try RecipeFile(text: recipeText(precision, chat: chat), file: "bench grpo")
      .recipe(catalog: builtInStages.recipes)
    let outcome = try await Engine(store: store, catalog: builtInStages)
      .run(try Planner(store).plan(recipe), as: RunRequest(name: "bench"))
    guard outcome.status == .succeeded else {
      let stage = try store.stage("grpo", of: store.run(id: outcome.run))
      throw CommandError(.stageFailed, "the stage failed: \(stage.message ?? "")")
    }
    try report(try store.metrics(run: outcome.run, stage: "grpo"), precision)
  }

  /// The stage as a recipe. Prompts are as those of the scripts that time other trainers.
  private func recipeText(_ precision: Precision, chat: Bool) -> String {
    let path = URL(fileURLWithPath: options.model).path
    return """
      recipe: bench
      precision: \(precision.rawValue)
      models: { base: { path: \(JSONEscapes.report.quoted(path)) } }
      datasets:
        sums:
          task: arithmetic
          parameters: { min_value: 10, max_value: 99, max_operands: 2 }
          size: 1024
          chat: \(chat)
          prompt_template: "What is {prompt}? Think, then answer."
      stages:
        grpo:
          kind: grpo
          model: $base
          data: $sums
          max_steps: \(steps + 1)
          prompts_per_step: \(prompts)
          num_generations: \(generations)
          max_completion_length: \(newTokens)
          beta: \(beta)
      """
  }

  private func report(_ metrics: [MetricRecord], _ precision: Precision) throws {
    func values(_ name: String) -> [Double] {
      metrics.filter { $0.name == name && $0.step > 1 }.compactMap(\.value)
    }
    let times = values("step_time")
    let lengths = values("completions/mean_length")
    let tokens = lengths.reduce(0) { $0 + $1 * Double(prompts * generations) }
    let phases = StepTimer.Phase.allCases.map { phase in
      let spent = values("time/\(phase.rawValue)").reduce(0, +)
      return (name: phase.rawValue, seconds: spent / Double(times.count))
    }
    Benchmark.report(
      BenchmarkResult(
        tokensPerSecond: tokens / times.reduce(0, +), secondsPerStep: Benchmark.median(times),
        precision: precision, phases: phases), json: options.json)
  }
}
