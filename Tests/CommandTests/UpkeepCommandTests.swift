import Foundation
import Testing

@Suite("Commands that look after runs") struct UpkeepCommandTests {
  @Test("stop, from another process, saves a run and waits for it", .timeLimit(.minutes(2)))
  func stop() throws {
    try withProgram { program in
      let recipe = try program.write("long.yaml", Recipes.long)
      let running = try program.start(["run", recipe, "--json"])
      try running.wait(for: #""step":3"#)
      let stop = try program.run("stop", "@last")
      #expect(stop.status == 0, "\(stop.error)")
      #expect(stop.output.hasSuffix("interrupted\n"))
      #expect(try running.result().status == 75)
      let again = try program.run("stop", "@last")
      #expect(again.status == 4)
      #expect(again.error.contains("is interrupted: nothing to stop"))
      let plan = try program.run("plan", recipe, "--json").json["steps"] as? [[String: Any]]
      #expect(plan?.first?["action"] as? String == "resume", "a checkpoint was saved")
    }
  }

  @Test("rm removes a run, but not one that is reused, and nothing when a name is wrong")
  func remove() throws {
    try withProgram { program in
      let short = ["run", Recipes.tiny, "--until", "pretrain", "--name"]
      for name in ["first", "second"] {
        let logged = ["-S", "log_to=tensorboard"]
        #expect(try program.start(short + [name] + logged).result().status == 0)
      }
      let events = program.folder.appending(path: "runs/tensorboard").path
      #expect(try FileManager.default.contentsOfDirectory(atPath: events).count == 1, "one trained")
      let refused = try program.run("rm", "first")
      #expect(refused.status == 5)
      #expect(refused.error.contains("second ("))
      #expect(try program.run("rm", "second", "third").status == 4)
      #expect(try program.run("ls", "--json").jsonLines.count == 2)
      #expect(try program.run("rm", "second", "first").status == 0)
      #expect(try program.run("ls", "--json").output.isEmpty)
      #expect(try FileManager.default.contentsOfDirectory(atPath: events).isEmpty)
      #expect(try program.run("gc", "--dry-run").output == "would delete 0 files, 0 B\n")
    }
  }

  @Test("doctor finds a changed byte with --deep only, and gc the files that nothing names")
  func doctor() throws {
    try withProgram { program in
      #expect(try program.run("run", Recipes.tiny, "--until", "pretrain").status == 0)
      #expect(try program.run("doctor", "--deep").output == "nothing is wrong\n")
      let objects = program.folder.appending(path: "runs/objects")
      let orphan = objects.appending(path: "ab")
      try FileManager.default.createDirectory(at: orphan, withIntermediateDirectories: true)
      let name = String(repeating: "c", count: 62)
      try Data(count: 2048).write(to: orphan.appending(path: name))
      let warned = try program.run("doctor")
      #expect(warned.status == 0)
      #expect(warned.output.contains("1 unreferenced files (2048 bytes)"))
      #expect(try program.run("gc").output == "deleted 1 files, 2.0 KiB\n")

      let digest = try #require(try program.digests(of: "@last")["pretrain"]?["model"])
      let manifest = objects.appending(path: "\(digest.prefix(2))/\(digest.dropFirst(2))")
      var bytes = try Data(contentsOf: manifest)
      bytes[bytes.count / 2] ^= 1
      try FileManager.default.removeItem(at: manifest)
      try bytes.write(to: manifest)
      #expect(try program.run("doctor").status == 0)
      let deep = try program.run("doctor", "--deep")
      #expect(deep.status == 6)
      #expect(deep.output.contains("tiny/pretrain, output model"))
      #expect(try program.run("doctor", "--deep", "--repair").status == 0)
      let plan = try program.run("plan", Recipes.tiny, "--json").json["steps"] as? [[String: Any]]
      #expect(plan?.first?["action"] as? String == "run", "what is broken is not reused")
    }
  }

  @Test("why names every difference; logs tell what happened")
  func whyAndLogs() throws {
    try withProgram { program in
      let until = ["run", Recipes.tiny, "--until", "pretrain"]
      #expect(try program.start(until).result().status == 0)
      let change = ["learning_rate=0.02", "max_steps=4"].flatMap {
        ["-S", "stages.pretrain.\($0)"]
      }
      #expect(try program.start(until + change).result().status == 0)
      let why = try program.run("why", "@last/pretrain")
      #expect(why.status == 0)
      #expect(why.output.contains("learning_rate 0.01 -> 0.02"))
      #expect(why.output.contains("max_steps 60 -> 4"))
      #expect(try program.run("why", "@last").status == 2)
      #expect(try program.run("why", "@last/nothing").status == 4)
      let logs = try program.run("logs", "@last", "pretrain").output.split(separator: "\n")
      #expect(logs.first?.contains("stage started") == true)
      #expect(logs.last?.contains("stage succeeded") == true)
    }
  }
}
