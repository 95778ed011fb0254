import Foundation
import Testing

@Suite("a full disk, two resumers, a sleeping owner", .serialized)
struct FullDiskTests {
  private static let recipe = """
    recipe: disk
    models:
      base: { hidden_size: 64, num_hidden_layers: 2, num_attention_heads: 4 }
    datasets:
      sums: { task: arithmetic, size: 200, completion_template: "{answer}" }
    stages:
      pretrain: { kind: pretrain, model: $base, data: $sums, max_steps: 150, batch_size: 4 }
    """

  private func unbroken() throws -> [String: [String: String]] {
    try withProgram { program in
      #expect(try program.run("run", program.write("disk.yaml", Self.recipe)).status == 0)
      return try program.digests(of: "@last")
    }
  }

  /// Runs the program in a shell that may write no file beyond so many KiB.
  private func limited(_ program: Program, _ kibibytes: Int, _ command: String) throws -> Int32 {
    try program.shell(
      "ulimit -f \(kibibytes); REGIMEN_CHECKPOINT_SECONDS=0.05 exec \"$0\" \(command)"
    ).status
  }

  @Test(
    "a file that cannot grow stops the run with status 6; with room it ends with the same bits",
    .timeLimit(.minutes(5)), arguments: [24, 100, 300])
  func fileLimit(kibibytes: Int) throws {
    let unbroken = try unbroken()
    try withProgram { program in
      _ = try program.write("disk.yaml", Self.recipe)
      // A workspace with its tables, so that it is the run that meets the limit.
      _ = try program.run("plan", "disk.yaml")
      #expect(try limited(program, kibibytes, "run disk.yaml") == 6)
      let list = try program.run("ls")
      #expect(list.status == 0 || list.status == 4)
      if list.output.contains("interrupted") {
        #expect(try program.run("resume").status == 0)
      } else {
        #expect(try program.run("run", "disk.yaml").status == 0)
      }
      #expect(try program.digests(of: "@last") == unbroken)
      #expect(try program.run("doctor", "--deep").status == 0)
    }
  }

  @Test("of two that resume a run at once one does, and the other ends with 5 or finds it done")
  func twoResumers() throws {
    let unbroken = try unbroken()
    try withProgram { program in
      var killer = program
      killer.environment["REGIMEN_CHECKPOINT_SECONDS"] = "0.05"
      killer.environment["REGIMEN_FAULT"] = "after-checkpoint:2"
      #expect(try killer.run("run", program.write("disk.yaml", Self.recipe)).status == 137)
      let both = try (0..<2).map { _ in try program.start(["resume", "disk"]) }
      let statuses = try both.map { try $0.result().status }
      #expect(statuses.contains(0) && statuses.allSatisfy { [0, 4, 5].contains($0) })
      #expect(statuses != [0, 0], "only one of them")
      #expect(try program.digests(of: "@last") == unbroken)
    }
  }

  @Test("an owner that slept through a takeover changes nothing when it wakes up")
  func sleeper() throws {
    let unbroken = try unbroken()
    try withProgram { program in
      let recipe = try program.write("disk.yaml", Self.recipe)
      let owner = try program.start(["run", recipe, "--json"])
      try owner.wait(for: #""step":20"#)
      owner.signal(SIGSTOP)
      // While it lives its lock holds; a copy of the workspace on a machine that has no lock stands
      // for one that lost it: the lock file is replaced.
      #expect(try program.run("resume").status == 5)
      let runs = program.folder.appending(path: "runs")
      for name in try FileManager.default.contentsOfDirectory(atPath: runs.path) {
        try? FileManager.default.removeItem(at: runs.appending(path: "\(name)/lock"))
      }
      try? FileManager.default.removeItem(at: runs.appending(path: "claims"))
      #expect(try program.run("resume").status == 0)
      let before = (try program.metrics(of: "@last"), try program.samples(of: "@last"))
      owner.signal(SIGCONT)
      #expect(try owner.result().status == 5, "it says that it lost the run")
      #expect(try program.digests(of: "@last") == unbroken)
      #expect(try program.metrics(of: "@last") == before.0)
      #expect(try program.samples(of: "@last") == before.1)
      #expect(try program.run("status", "--json").json["status"] as? String == "succeeded")
      #expect(try program.run("doctor", "--deep").status == 0)
    }
  }
}
