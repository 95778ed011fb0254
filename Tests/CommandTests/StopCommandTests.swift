import Foundation
import Testing

@Suite("signals, and what is said after them", .serialized)
struct StopCommandTests {
  @Test(
    "Ctrl-C, SIGTERM, SIGHUP and SIGUSR1 save and stop; repeated ones change nothing",
    .timeLimit(.minutes(5)),
    arguments: [
      (SIGINT, "stopped by Ctrl-C"), (SIGTERM, "stopped by SIGTERM"),
      (SIGHUP, "stopped by SIGHUP: its terminal was closed"), (SIGUSR1, "stopped by SIGUSR1"),
    ])
  func signals(number: Int32, words: String) throws {
    try withProgram { program in
      let recipe = try program.write("long.yaml", Recipes.long)
      let running = try program.start(["run", recipe, "--json"])
      try running.wait(for: #""step":3"#)
      running.signal(number)
      // The system does not keep the order of two different signals that are pending at once.
      if number == SIGINT { try running.wait(for: "stopping: if the steps before", in: "err") }
      for _ in 0..<3 {
        usleep(500)
        running.signal(number == SIGINT ? SIGTERM : number)
      }
      #expect(try running.result().status == 75)
      let status = try program.run("status", "--json").json
      #expect(status["message"] as? String == words)
      #expect((status["resume_step"] as? Int ?? 0) >= 3)
      #expect(try program.run("status").output.contains("regimen resume long    continues it"))
      #expect(try program.run("logs").error.contains("regimen resume long    continues it"))
      #expect(try program.run("ls").error.contains("regimen resume    continues long ("))
    }
  }

  @Test("under nohup SIGHUP stays ignored", .timeLimit(.minutes(2)))
  func nohup() throws {
    try withProgram { program in
      let recipe = try program.write("long.yaml", Recipes.long)
      let result = try program.shell(
        "trap '' HUP; \"$0\" run \(recipe) --json >out 2>err & p=$!; "
          + "until grep -q '\"step\":3' out; do sleep 0.05; done; "
          + "kill -HUP $p; sleep 0.5; kill -0 $p || exit 9; kill -TERM $p; wait $p")
      #expect(result.status == 75, "SIGTERM stops it, and SIGHUP did not")
    }
  }

  @Test("the second Ctrl-C says what is lost and how to go on", .timeLimit(.minutes(2)))
  func quits() throws {
    try withProgram { program in
      let recipe = try program.write("slow.yaml", Self.slow)
      let running = try program.start(["run", recipe, "--json"])
      try running.wait(for: #""event":"progress""#)
      // It looks for a stop before its first micro-batch, and then not before the step ends.
      usleep(500_000)
      running.signal(SIGINT)
      try running.wait(for: "stopping: if the steps before", in: "err")
      usleep(600_000)
      running.signal(SIGINT)
      let result = try running.result()
      #expect(result.status == 130)
      #expect(result.error.contains("quit: "))
      #expect(result.error.contains("of pretrain, which was running, is lost; "))
      #expect(result.error.contains("regimen resume slow    continues from there"))
      let status = try program.run("status", "--json").json
      #expect(status["message"] as? String == "quit by a second Ctrl-C")
      #expect(status["status"] as? String == "interrupted")
    }
  }

  @Test(
    "two SIGINTs at once, as a terminal and a wrapper send them, are one", .timeLimit(.minutes(2)))
  func echo() throws {
    try withProgram { program in
      let recipe = try program.write("slow.yaml", Self.slow)
      let running = try program.start(["run", recipe, "--json"])
      try running.wait(for: #""event":"progress""#)
      for _ in 0..<3 {
        running.signal(SIGINT)
        usleep(10_000)
      }
      #expect(try running.result().status == 75)
      #expect(try program.run("status", "--json").json["message"] as? String == "stopped by Ctrl-C")
    }
  }

  /// One update takes seconds.
  private static let slow = """
    recipe: slow
    models:
      base: { hidden_size: 256, num_hidden_layers: 6, num_attention_heads: 4 }
    datasets:
      sums: { task: arithmetic, size: 2000, completion_template: "{answer}" }
    stages:
      pretrain:
        { kind: pretrain, model: $base, data: $sums, max_steps: 3, batch_size: 512, max_length: 512,
          micro_batch_tokens: 100000 }
    """

  @Test("on a disk that takes no more, status and logs still tell of a run that died")
  func fullDisk() throws {
    try withProgram { program in
      let recipe = try program.write("long.yaml", Recipes.long)
      let running = try program.start(["run", recipe, "--json"])
      try running.wait(for: #""step":3"#)
      running.signal(SIGKILL)
      #expect(try running.result().status == 137)
      for command in ["status", "logs", "ls", "show @last"] {
        // No file may grow: SQLite's journal cannot be written.
        let text = try program.shell("(ulimit -f 0; exec \"$0\" \(command) 2>/dev/null) | cat")
          .output
        #expect(
          text.contains(command == "logs" ? "run claimed" : "interrupted"), "\(command): \(text)")
      }
    }
  }
}
