import Foundation
import Testing

@Suite("experiments: several runs of one command", .serialized)
struct ExperimentCommandTests {
  private static let recipe =
    Recipes.two.replacing("recipe: two", with: "recipe: mini")
    + "\nvariants: { high_lr: { stages.sft.learning_rate: 1e-3 } }\n"

  private static let flags = ["--variant", "mini", "--variant", "high_lr", "--seeds", "1,2"]
  private static let names = ["mini-1", "mini-2", "mini-high_lr-1", "mini-high_lr-2"]

  /// Starts the experiment in a folder of its own and ends it in its first run.
  private func stopped(_ program: Program, by signal: Int32) throws -> Program.Result {
    try FileManager.default.createDirectory(
      at: program.folder.appending(path: "w s"), withIntermediateDirectories: true)
    let recipe = try program.write("mini.yaml", Self.recipe)
    let running = try program.start(["run", "-C", "w s", recipe] + Self.flags)
    try running.wait(for: "pretrain: run", in: "err")
    running.signal(signal)
    return try running.result()
  }

  private func statuses(_ program: Program) throws -> [String: String] {
    Dictionary(
      uniqueKeysWithValues: try program.run("ls", "-C", "w s", "--json").jsonLines.map {
        ($0["name"] as? String ?? "", $0["status"] as? String ?? "")
      })
  }

  @Test(
    "stopped in its first run, it is known as a whole, and resume finishes it",
    .timeLimit(.minutes(5)))
  func resumes() throws {
    let straight = try withProgram { program in
      let recipe = try program.write("mini.yaml", Self.recipe)
      let result = try program.run(["run", recipe] + Self.flags)
      #expect(result.status == 0)
      #expect(result.error.contains("run 4 of 4"))
      #expect(result.error.contains("regimen compare mini --metric STAGE.METRIC    "), "one block")
      #expect(!result.error.contains("regimen metrics"))
      return try Self.names.map { try program.digests(of: $0) }
    }
    try withProgram { program in
      let first = try stopped(program, by: SIGTERM)
      #expect(first.status == 75)
      #expect(
        first.error.contains("regimen resume -C 'w s' mini    continues it, and 3 waiting runs"))
      var expected = Dictionary(uniqueKeysWithValues: Self.names.map { ($0, "waiting") })
      expected["mini-1"] = "interrupted"
      #expect(try statuses(program) == expected)
      let status = try program.run("status", "-C", "w s")
      #expect(
        status.output.contains("experiment mini: run 1 of 4; 1 interrupted, 3 waiting"))
      #expect(
        status.output.contains("regimen resume -C 'w s' mini    continues it, and 3 waiting runs"))
      let json = try program.run("status", "-C", "w s", "--json").json
      #expect(json["next"] as? String == "regimen resume -C 'w s' mini")
      #expect((json["experiment"] as? [String: Any])?["place"] as? Int == 1)
      #expect(try program.run("resume", "-C", "w s").status == 0, "all of it, without a name")
      #expect(try statuses(program) == expected.mapValues { _ in "succeeded" })
      var there = program
      there.folder = program.folder.appending(path: "w s")
      #expect(try Self.names.map { try there.digests(of: $0) } == straight)
      #expect(try program.run("resume", "-C", "w s", "mini").status == 4)
    }
  }

  @Test(
    "killed, one of its runs can be resumed alone, and then the rest by its name",
    .timeLimit(.minutes(5)))
  func alone() throws {
    try withProgram { program in
      #expect(try stopped(program, by: SIGKILL).status == 137)
      let status = try program.run("status", "-C", "w s").output
      #expect(status.contains("its process died: killed (kill -9) or crashed"))
      #expect(status.contains("last seen "))
      let one = try program.run("resume", "-C", "w s", "mini-1")
      #expect(one.status == 0)
      #expect(
        one.error.contains("regimen resume -C 'w s' mini    continues it"), "it names the rest")
      #expect(try program.run("resume", "-C", "w s", "mini").status == 0)
      #expect(Set(try statuses(program).values) == ["succeeded"])
    }
  }

  @Test(
    "a run that a later one made needless is not what resume goes on with", .timeLimit(.minutes(5)))
  func superseded() throws {
    try withProgram { program in
      #expect(try stopped(program, by: SIGTERM).status == 75)
      let again = try program.run(["run", "-C", "w s", "mini.yaml"] + Self.flags)
      #expect(again.status == 0)
      let nothing = try program.run("resume", "-C", "w s")
      #expect(nothing.status == 4)
      #expect(nothing.error.contains("there is no unfinished run"))
      #expect(try program.run("ls", "-C", "w s").output.contains("interrupted, done since"))
    }
  }
}
