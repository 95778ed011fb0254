import Foundation
import Testing

@Suite("A run that waits for a reward program", .serialized)
struct ProgressCommandTests {
  private func recipe(_ command: String) -> String {
    """
    recipe: waits
    models: { base: { hidden_size: 16, num_hidden_layers: 1, num_attention_heads: 2 } }
    datasets: { sums: { task: arithmetic, size: 20 } }
    stages:
      rl:
        { kind: grpo, model: $base, data: $sums, max_steps: 1, prompts_per_step: 2,
          num_generations: 4, max_completion_length: 4,
          reward_funcs: [{ name: slow, command: [/bin/sh, \(command)] }] }
    """
  }

  /// What `status` says of the step, until `body` likes it or 30 seconds have gone.
  private func watch(
    _ program: Program, until body: (String) -> Bool
  ) throws -> [String] {
    var seen: [String] = []
    for _ in 0..<150 {
      let progress = try program.run("status", "--json").json["progress"] as? [String: Any]
      if let words = progress?["inside"] as? String, seen.last != words { seen.append(words) }
      if seen.last.map(body) == true { return seen }
      usleep(200_000)
    }
    return seen
  }

  @Test("status tells how many were sampled and scored while it waits", .timeLimit(.minutes(2)))
  func waiting() throws {
    try withProgram { program in
      _ = try program.write(
        "slow.sh",
        """
        while read -r line; do id=${line#*\\"id\\":}; id=${id%%,*}; sleep 1
        echo "{\\"id\\": $id, \\"score\\": $id}"; done
        """)
      let recipe = try program.write("r.yaml", recipe("./slow.sh"))
      let running = try program.start(["run", recipe])
      // It may take the program some time to begin; then a word comes every two seconds.
      while try program.run("status").status != 0 { usleep(100_000) }
      let seen = try watch(program) { $0.contains("scored 5/8") || $0.contains("scored 6/8") }
      #expect(seen.contains { $0.hasPrefix("scored ") && $0.hasSuffix("/8") }, "\(seen)")
      #expect(seen.count > 1, "it moves: \(seen)")
      let text = try program.run("status").output
      #expect(text.contains("rl: update 0 of 1 (0.0 %), scored "), "\(text)")
      #expect(try running.result().status == 0)
    }
  }

  @Test(
    "what a reward program started outside its group ends with the program's owner, too",
    .timeLimit(.minutes(2)))
  func outlived() throws {
    try withProgram { program in
      let mark = "987\(UInt32.random(in: 1_000_000...9_999_999))"
      _ = try program.write(
        "hangs.sh", "setsid sleep \(mark) </dev/null >/dev/null 2>&1 &\necho up >up\nsleep 600\n")
      let recipe = try program.write("r.yaml", recipe("./hangs.sh"))
      let running = try program.start(["run", recipe])
      func isThere() throws -> Bool {
        let names = try FileManager.default.contentsOfDirectory(atPath: "/proc")
        return names.contains { name in
          Int(name) != nil
            && FileManager.default.contents(atPath: "/proc/\(name)/cmdline")?
              .range(of: Data("sleep\0\(mark)\0".utf8)) != nil
        }
      }
      for _ in 0..<200 where try !isThere() { usleep(100_000) }
      #expect(try isThere())
      running.signal(SIGKILL)
      #expect(try running.result().status == 137)
      for _ in 0..<50 where try isThere() { usleep(100_000) }
      #expect(try !isThere())
    }
  }
}
