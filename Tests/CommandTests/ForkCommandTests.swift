import Foundation
import Testing

@Suite("forks and shared stages, from outside", .serialized)
struct ForkCommandTests {
  @Test("of two live runs that need a stage one trains it", .timeLimit(.minutes(5)))
  func shared() throws {
    try withProgram { program in
      let recipe = try program.write("two.yaml", Recipes.two)
      let first = try program.start(["run", recipe, "--name", "first", "--json"])
      try first.wait(for: #""event":"progress""#)
      let second = try program.start(["run", recipe, "--name", "second", "--json"])
      try second.wait(for: #""event":"stage_waiting""#)
      #expect(try second.read("out").contains("run first ("), "it says for whom")
      #expect(try first.result().status == 0)
      #expect(try second.result().status == 0)
      let started = ["first", "second"].map { name in
        (try? program.run("logs", name).output)?.split(separator: "\n")
          .count { $0.contains("stage started") } ?? 0
      }
      #expect(started.reduce(0, +) == 2, "each stage was trained once: \(started)")
      #expect(try program.digests(of: "first") == program.digests(of: "second"))
    }
  }

  @Test("if the one that trains dies, the other goes on where it was", .timeLimit(.minutes(5)))
  func inherited() throws {
    try withProgram { program in
      var eager = program
      eager.environment["REGIMEN_CHECKPOINT_SECONDS"] = "0.05"
      let recipe = try program.write("two.yaml", Recipes.two)
      let first = try eager.start(["run", recipe, "--name", "first", "--json"])
      try first.wait(for: #""event":"checkpoint""#)
      let second = try program.start(["run", recipe, "--name", "second", "--json"])
      try second.wait(for: #""event":"stage_waiting""#)
      first.signal(SIGKILL)
      let result = try second.result()
      #expect(result.status == 0)
      #expect(result.output.contains(#""reason":"resume: step "#), "from the dead run's checkpoint")
      let straight = try withProgram { other in
        #expect(try other.run("run", other.write("two.yaml", Recipes.two)).status == 0)
        return try other.digests(of: "@last")
      }
      #expect(try program.digests(of: "second") == straight)
    }
  }

  @Test("resume after the recipe was changed refuses and offers the fork", .timeLimit(.minutes(5)))
  func changed() throws {
    try withProgram { program in
      let recipe = try program.write("two.yaml", Recipes.two)
      var killer = program
      killer.environment["REGIMEN_FAULT"] = "before-finish:2"
      #expect(try killer.run("run", recipe).status == 137)
      _ = try program.write(
        "two.yaml", Recipes.two.replacing("max_steps: 2,", with: "max_steps: 3,"))
      let refused = try program.run("resume")
      #expect(refused.status == 7)
      #expect(refused.error.contains("stages.sft: max_steps 2 -> 3"))
      #expect(refused.error.contains("`regimen run two.yaml` starts a run of the new one"))
      let plan = try program.run("plan", recipe, "--from-run", "two", "--json").json["steps"]
      #expect((plan as? [[String: Any]])?.map { $0["action"] as? String } == ["reuse", "run"])
      #expect(try program.run("run", recipe, "--from-run", "two", "--name", "fork").status == 0)
      #expect(try program.run("resume", "two", "--stored-recipe").status == 0)
      let again = try program.run("run", "--from-run", "two", "--name", "same", "--json")
      #expect(again.status == 0, "without a recipe: that run's own")
      #expect(again.output.split(separator: "\n").count { $0.contains("stage_reused") } == 2)
      #expect(try program.digests(of: "same") == program.digests(of: "two"))
      #expect(try program.digests(of: "fork") != program.digests(of: "two"))
      #expect(try program.run("run").status == 2)
    }
  }
}
