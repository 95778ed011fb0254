import Foundation
import Testing

@Suite("regimen resume", .serialized)
struct ResumeCommandTests {
  /// A run of recipes/tiny.yaml that nothing broke.
  private struct Unbroken {
    let digests: [String: [String: String]]
    let metrics: [String]
    let samples: [String]

    init() throws {
      self = try withProgram { program in
        #expect(try program.run("run", Recipes.tiny).status == 0)
        return try Unbroken(program)
      }
    }

    init(_ program: Program) throws {
      digests = try program.digests(of: "@last")
      metrics = try program.metrics(of: "@last")
      samples = try program.samples(of: "@last")
    }
  }

  @Test(
    "killed inside any stage, a run resumes and ends with the bits of an unbroken one",
    .timeLimit(.minutes(10)))
  func killedInEveryStage() throws {
    let unbroken = try Unbroken()
    // A checkpoint after every step: 60 of pretrain, then 8, 5, 4, 4, 4, 4, 4, 6, 3, 4, 4 and 8 of the others.
    let places = [
      (30, "pretrain"), (64, "cold_start"), (71, "reasoning_rl"), (75, "changing_rl"),
      (79, "traces"), (83, "filtered"), (87, "helpful_rm"), (91, "rejection"),
      (96, "second_sft"), (101, "final_rl"), (104, "judged"), (108, "distilled"),
      (114, "evaluate"),
    ]
    for (checkpoint, stage) in places {
      try withProgram { program in
        var killer = program
        killer.environment["REGIMEN_CHECKPOINT_SECONDS"] = "0"
        killer.environment["REGIMEN_FAULT"] = "after-checkpoint:\(checkpoint)"
        #expect(try killer.run("run", Recipes.tiny).status == 137)
        let left = try program.run("status", "--json").json
        #expect(left["status"] as? String == "interrupted")
        let stages = left["stages"] as? [[String: Any]]
        let open = stages?.first { $0["status"] as? String == "interrupted" }
        #expect(open?["stage"] as? String == stage)
        #expect((open?["step"] as? Int ?? 0) > 0)
        let resumed = try program.run("resume")
        #expect(resumed.status == 0, "killed in \(stage): \(resumed.error)")
        let result = try Unbroken(program)
        #expect(result.digests == unbroken.digests, "killed in \(stage)")
        #expect(result.metrics == unbroken.metrics, "killed in \(stage)")
        #expect(result.samples == unbroken.samples, "killed in \(stage)")
      }
    }
  }

  @Test("SIGKILL from outside, at whatever instant, loses nothing", .timeLimit(.minutes(10)))
  func killedFromOutside() throws {
    let unbroken = try Unbroken()
    for stage in ["pretrain", "reasoning_rl", "rejection", "evaluate"] {
      try withProgram { program in
        let running = try program.start(["run", Recipes.tiny, "--json"])
        try running.wait(for: #""stage":"\#(stage)""#)
        running.signal(SIGKILL)
        let status = try running.result().status
        #expect(status == 128 + SIGKILL || status == 0, "a fast machine may have been done")
        if status != 0 { #expect(try program.run("resume").status == 0) }
        #expect(try Unbroken(program).digests == unbroken.digests, "killed in \(stage)")
      }
    }
  }

  @Test("Ctrl-C saves and ends with status 75; resume goes on", .timeLimit(.minutes(5)))
  func interrupted() throws {
    try withProgram { program in
      let recipe = try program.write("long.yaml", Recipes.long)
      let running = try program.start(["run", recipe, "--json"])
      try running.wait(for: #""step":3"#)
      running.signal(SIGINT)
      let stopped = try running.result()
      #expect(stopped.status == 75)
      let last = stopped.jsonLines.last
      #expect(last?["status"] as? String == "interrupted")
      #expect(last?["exit"] as? Int == 75)

      let plan = try program.run("plan", recipe, "--json").json["steps"] as? [[String: Any]]
      #expect(plan?.first?["action"] as? String == "resume", "a checkpoint was saved")

      let again = try program.start(["resume", "--json"])
      try again.wait(for: #""event":"progress""#)
      again.signal(SIGTERM)
      #expect(try again.result().status == 75, "SIGTERM stops as Ctrl-C does")
    }
  }

  @Test("a run that a live process works on is held: status 5", .timeLimit(.minutes(2)))
  func held() throws {
    try withProgram { program in
      let recipe = try program.write("long.yaml", Recipes.long)
      let running = try program.start(["run", recipe, "--json"])
      try running.wait(for: #""event":"stage_started""#)
      let second = try program.run("resume")
      #expect(second.status == 5)
      #expect(second.error.contains("is held by"))
      running.signal(SIGKILL)
      #expect(try running.result().status == 128 + SIGKILL)
    }
  }

  @Test("without an unfinished run, resume ends with status 4")
  func nothingToResume() throws {
    try withProgram { program in
      let none = try program.run("resume")
      #expect(none.status == 4)
      #expect(none.error.contains("no workspace"))
      #expect(try program.run("run", Recipes.tiny, "--until", "pretrain").status == 0)
      let finished = try program.run("resume")
      #expect(finished.status == 4)
      #expect(finished.error.contains("there is no unfinished run to resume"))
      #expect(try program.run("resume", "@last").status == 4)
    }
  }

  @Test("data are looked at before a run goes on, unless --no-data says otherwise")
  func checksData() throws {
    try withProgram { program in
      _ = try program.write("rows.jsonl", "{\"prompt\": \"1+1=\", \"note\": \"x\"}\n")
      let recipe = try program.write(
        "r.yaml",
        """
        recipe: r
        models: { base: { hidden_size: 16, num_hidden_layers: 1, num_attention_heads: 2 } }
        datasets: { rows: { file: rows.jsonl } }
        stages:
          rl:
            { kind: grpo, model: $base, data: $rows, max_steps: 1, prompts_per_step: 1,
              num_generations: 2, max_completion_length: 4 }
        """)
      // A fault of the data has one status, whoever finds it.
      #expect(try program.run("run", recipe).status == 3)
      let begun = try program.run("run", recipe, "--no-data")
      #expect(begun.status == 3)
      #expect(
        begun.error.contains("row 1 of dataset 'rows'") && begun.error.contains("rows.jsonl:1)"))
      let resumed = try program.run("resume")
      #expect(resumed.status == 3)
      #expect(resumed.error.contains("r.yaml:5:3: error: stage 'rl': accuracy can score none"))
      let blind = try program.run("resume", "--no-data")
      #expect(blind.status == 3 && blind.error.contains("[1/1] rl: failed:"))
    }
  }

  @Test(
    "a checkpoint that doctor set aside is named when its stage begins anew",
    .timeLimit(.minutes(2)))
  func damagedCheckpoints() throws {
    try withProgram { program in
      var program = program
      program.environment["REGIMEN_CHECKPOINT_SECONDS"] = "0"
      let recipe = try program.write("long.yaml", Recipes.long)
      let running = try program.start(["run", recipe, "--json"])
      try running.wait(for: #""step":3"#)
      running.signal(SIGTERM)
      #expect(try running.result().status == 75)
      let step = try #require(try program.run("status", "--json").json["resume_step"] as? Int)
      let objects = program.folder.appending(path: "runs/objects")
      for folder in try FileManager.default.contentsOfDirectory(atPath: objects.path)
      where folder.count == 2 {
        try FileManager.default.removeItem(at: objects.appending(path: folder))
      }
      #expect(try program.run("doctor", "--repair").status == 0)
      #expect(try program.run("doctor").status == 0)
      let status = try program.run("status").output
      #expect(
        status.contains(
          "pretrain has no checkpoint (that of update \(step) is damaged): it will start again"),
        "\(status)")
      let again = try program.start(["resume", "--json"])
      try again.wait(for: #""event":"progress""#)
      again.signal(SIGTERM)
      let result = try again.result()
      let started = result.jsonLines.first { $0["event"] as? String == "stage_started" }
      #expect(
        started?["reason"] as? String
          == "run: from the start, since the checkpoint of step \(step) is damaged and was set aside"
      )
    }
  }

}
