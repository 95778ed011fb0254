import Foundation
import Testing

@Suite("memory that a run needs and has", .serialized)
struct MemoryCommandTests {
  /// Whether the processor multiplies bf16 numbers.
  private static let hasBF16 =
    ["avx512_bf16", "amx_bf16"].contains {
      ((try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? "").contains($0)
    }

  private static let recipe = """
    recipe: wide
    models:
      base: { hidden_size: 1024, num_hidden_layers: 8, num_attention_heads: 8 }
    datasets:
      sums: { task: arithmetic, size: 200, completion_template: "{answer}" }
    stages:
      sft: { kind: sft, model: $base, data: $sums, max_steps: 1, batch_size: 2 }
    """

  private func limited(
    _ program: Program, kibibytes: Int, _ arguments: String
  ) throws -> Program.Result {
    try program.shell("ulimit -v \(kibibytes); exec \"$0\" \(arguments)")
  }

  @Test("a stage that will not fit is refused with status 6 and what would fit")
  func refused() throws {
    try withProgram { program in
      let recipe = try program.write("wide.yaml", Self.recipe)
      let result = try limited(program, kibibytes: 2_300_000, "run \(recipe)")
      #expect(result.status == 6)
      #expect(result.error.contains("stage 'sft' is expected to need "))
      #expect(result.error.contains(" of address space (the "))
      #expect(result.error.contains("of resident memory that `regimen plan` shows, "))
      #expect(result.error.contains("and a margin of 5 %)"))
      #expect(result.error.contains("ulimit -v leaves "))
      #expect(result.error.contains("-S 'stages.sft.peft_config={\"r\":16}'"))
      #expect(result.error.contains("--no-memory-check"))
      #expect(try program.run("ls").output.contains("no runs"))
    }
  }

  /// The first cure that a refusal names, as arguments of a shell.
  private func cure(_ message: String) throws -> String {
    let start = try #require(message.range(of: "these would fit: "))
    let rest = message[start.upperBound...]
    return String(rest[..<(try #require(rest.range(of: " ("))).lowerBound])
  }

  @Test("a cure that is named fits", arguments: [2_300_000, 3_000_000])
  func cured(kibibytes: Int) throws {
    try withProgram { program in
      let recipe = try program.write("wide.yaml", Self.recipe)
      let refused = try limited(program, kibibytes: kibibytes, "run \(recipe)")
      #expect(refused.status == 6)
      let cured = try limited(
        program, kibibytes: kibibytes, "run \(recipe) \(try cure(refused.error))")
      #expect(cured.status == 0, "\(cured.error)")
    }
  }

  @Test(
    "bf16 is named where a model that only reads fits by it", .enabled(if: hasBF16))
  func rounded() throws {
    try withProgram { program in
      let stage = """
          eval: { kind: evaluate, model: $base, data: $sums, max_completion_length: 4, generation_batch_size: 1 }
        """
      let text = Self.recipe.replacingOccurrences(
        of: "  sft: { kind: sft, model: $base, data: $sums, max_steps: 1, batch_size: 2 }",
        with: stage
      ).replacingOccurrences(of: "size: 200", with: "size: 4")
      let recipe = try program.write("wide.yaml", text)
      let refused = try limited(program, kibibytes: 1_200_000, "run \(recipe)")
      #expect(refused.status == 6)
      #expect(refused.error.contains("these would fit: -S precision=bf16 ("))
      let cured = try limited(
        program, kibibytes: 1_200_000, "run \(recipe) \(try cure(refused.error))")
      #expect(cured.status == 0, "\(cured.error)")
    }
  }

  @Test(
    "memory that is not granted ends a run with status 6 and a message",
    arguments: [700_000, 1_000_000])
  func failed(kibibytes: Int) throws {
    try withProgram { program in
      let recipe = try program.write("wide.yaml", Self.recipe)
      let result = try limited(
        program, kibibytes: kibibytes, "run \(recipe) --no-memory-check --threads 1")
      #expect(result.status == 6)
      #expect(result.error.contains("out of memory"))
      #expect(result.error.contains("`regimen resume wide` continues from it"))
      #expect(result.error.contains("wide.yaml -S stages.STAGE.SETTING`"))
      #expect(try program.run("status", "--json").json["status"] as? String == "interrupted")
    }
  }
}
