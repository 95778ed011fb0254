import Datasets
import Foundation
import Host
import Recipes
import Settings
import Tasks
import TestSupport
import Testing
import Trace
import Workflow

@testable import Stages

@Suite("Completions that are stored when judging ends early")
struct StoredRolloutTests {
  private func context(resuming: MemoryContext? = nil) -> MemoryContext {
    let model = StageInput(
      name: "base",
      content: .source([
        "hidden_size": .int(16), "num_hidden_layers": .int(1), "num_attention_heads": .int(2),
      ]), seed: 5)
    let rows = (0..<8).map {
      Row(id: $0, prompt: .text("\($0)+1="), gold: "1", verifier: "numeric")
    }
    let data = StageInput(
      name: "problems", content: .artifact([rowsFile: FileContent(RowCoding.encode(rows))]),
      seed: 1)
    return MemoryContext(
      stage: "rl", inputs: ["model": [model], "data": [data]], resuming: resuming)
  }

  /// A step of eight completions that a program scores; it answers `answers` questions in all, and writes
  /// a line to a file for each.
  private func train(
    _ context: MemoryContext, answers: Int, timeout: Double, file: String
  ) throws {
    let script = """
      while read -r line; do if [ $(wc -l < \(file)) -ge \(answers) ]; then sleep 600; fi; \
      echo x >> \(file); id=${line#*\\"id\\":}; id=${id%%,*}; c=${line#*\\"completion\\":}; c=${c%%,*}; \
      echo "{\\"id\\": $id, \\"score\\": ${#c}}"; done
      """
    let program = ConfigValue.map([
      "command": .list(["/bin/sh", "-c", script].map(ConfigValue.string)), "name": .string("mine"),
      "timeout": .double(timeout),
    ])
    try Data().write(to: URL(fileURLWithPath: file))
    _ = try GRPO.run(
      GRPOConfiguration(values: [
        "max_steps": .int(1), "prompts_per_step": .int(4), "num_generations": .int(2),
        "max_completion_length": .int(4), "beta": .double(0), "reward_funcs": .list([program]),
      ]), in: context)
  }

  private func asked(_ file: String) throws -> Int {
    try String(contentsOfFile: file, encoding: .utf8).count { $0 == "\n" }
  }

  @Test(
    "what was judged is kept, and what was not is neither lost nor sampled again",
    .timeLimit(.minutes(1)), arguments: [true, false])
  func kept(isStopped: Bool) throws {
    let folder = try TemporaryFolder()
    let file = folder.path("asked")
    let whole = context()
    try train(whole, answers: 100, timeout: 20, file: file)
    #expect(try asked(file) == 8 && whole.phases.contains("sampled"))

    let broken = context()
    broken.stopRequested = isStopped
    #expect(throws: (any Error).self) {
      try train(broken, answers: 3, timeout: isStopped ? 600 : 0.3, file: file)
    }
    #expect(try asked(file) == 3)
    #expect(broken.samples.count == 8)
    #expect(broken.samples.values.count { $0.rewards.isEmpty } == 5)
    #expect(broken.samples.values.allSatisfy { $0.rewards["mine"]?.name != "error" })

    let resumed = context(resuming: broken)
    try train(resumed, answers: 100, timeout: 20, file: file)
    #expect(try asked(file) == 5)
    #expect(!resumed.phases.contains("sampled"))
    #expect(resumed.samples == whole.samples)
    #expect(resumed.untimedMetrics == whole.untimedMetrics)
  }
}
