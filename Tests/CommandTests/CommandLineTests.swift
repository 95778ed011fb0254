import Foundation
import Testing

@Suite("The command line")
struct CommandLineTests {
  @Test("help lists the commands that exist, in groups")
  func help() throws {
    try withProgram { program in
      let help = try program.run("--help")
      #expect(help.status == 0)
      #expect(help.error.isEmpty)
      let names = help.output.split(separator: "\n").compactMap { line -> String? in
        guard line.hasPrefix("  "), !line.hasPrefix("   "), !line.hasPrefix("  -") else {
          return nil
        }
        return line.split(separator: " ").first.map(String.init)
      }
      #expect(
        names.filter { $0 != "See" } == [
          "validate", "plan", "run", "resume", "list", "schema",
          "ls", "status", "show", "why", "compare", "diff", "logs", "metrics", "samples", "export",
          "stop", "rm",
          "gc", "doctor", "backup", "completion",
          "model", "tokenize", "score", "generate", "verify", "bench",
        ])
    }
  }

  @Test(
    "every command explains itself and takes the common options",
    arguments: [
      ["validate"], ["plan"], ["run"], ["resume"], ["list"], ["schema"], ["ls"], ["status"],
      ["show"], ["metrics"], ["samples"], ["export"], ["model", "info"], ["model", "import"],
      ["tokenize"], ["score"], ["generate"], ["verify"], ["bench", "train"], ["bench", "decode"],
      ["bench", "grpo"], ["why"], ["compare"], ["diff"], ["logs"], ["stop"], ["rm"], ["gc"],
      ["doctor"], ["completion"],
    ])
  func commandHelp(command: [String]) throws {
    try withProgram { program in
      let help = try program.start(command + ["--help"]).result()
      #expect(help.status == 0)
      #expect(help.output.contains("OVERVIEW: "))
      for option in ["-C <dir>", "--threads <n>", "-q, --quiet", "-v, --verbose", "--no-color"] {
        #expect(help.output.contains(option), "\(option)")
      }
    }
  }

  @Test("usage errors end with status 2 and say nothing on standard output")
  func usage() throws {
    try withProgram { program in
      for arguments in [
        ["frobnicate"], ["run"], ["ls", "--bogus"], ["list", "everything"],
        ["ls", "--threads", "0"], ["score", "--model", "m"], ["show"],
      ] {
        let result = try program.start(arguments).result()
        #expect(result.status == 2, "\(arguments)")
        #expect(result.output.isEmpty)
        #expect(!result.error.isEmpty)
      }
      #expect(
        try program.run("pln", "r.yaml").error
          == "error: there is no command 'pln'; did you mean 'plan'? `regimen --help` lists all of them\n"
      )
    }
  }

  @Test("common options may stand before the command as well")
  func leadingOptions() throws {
    try withProgram { program in
      let after = try program.run("ls", "-C", "..", "-q")
      let before = try program.run("-q", "-C", "..", "ls")
      #expect(before.status == after.status)
      #expect(before.error == after.error)
      #expect(try program.run("-C", "nowhere", "status").status == 6)
    }
  }

  @Test("without a workspace there are no runs; a run that is not there is status 4")
  func noWorkspace() throws {
    try withProgram { program in
      let list = try program.run("ls", "--json")
      #expect(list.status == 0)
      #expect(list.output.isEmpty)
      #expect(try program.run("show", "@last").status == 4)
    }
  }

  @Test("a reader that goes away ends the program quietly")
  func brokenPipe() throws {
    try withProgram { program in
      let ended = try program.shell("\"$0\" schema | head -n 1 >out")
      #expect(ended.error.isEmpty)
    }
  }

  @Test("a number of threads in the environment is checked like the flag")
  func threads() throws {
    try withProgram { program in
      var program = program
      program.environment = ["REGIMEN_THREADS": "many"]
      let result = try program.run("ls")
      #expect(result.status == 2)
      #expect(result.error.contains("REGIMEN_THREADS must be a number from 1 to 1024."))
    }
  }

  @Test("a database of another program is left alone: status 6")
  func foreignDatabase() throws {
    try withProgram { program in
      let runs = program.folder.appending(path: "runs")
      try FileManager.default.createDirectory(at: runs, withIntermediateDirectories: true)
      let garbage = Data("this is no database, and long enough to be read as one".utf8)
      try garbage.write(to: runs.appending(path: "regimen.sqlite"))
      let result = try program.run("run", Recipes.tiny)
      #expect(result.status == 6)
      #expect(result.error.contains("regimen.sqlite"))
      #expect(try Data(contentsOf: runs.appending(path: "regimen.sqlite")) == garbage)
    }
  }
}
