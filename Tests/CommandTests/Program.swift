import Foundation
import TestSupport

/// The built program, run as a person would run it.
struct Program {
  /// What a finished process left.
  struct Result {
    let status: Int32
    let output: String
    let error: String

    /// Standard output as one JSON object.
    var json: [String: Any] { Program.object(output) }
    /// Standard output as JSON lines.
    var jsonLines: [[String: Any]] {
      output.split(separator: "\n").map { Program.object(String($0)) }
    }
  }

  /// The folder to work in; paths in arguments are relative to it.
  var folder: URL
  var environment: [String: String] = [:]

  /// Runs a command to its end.
  func run(_ arguments: String..., input: String? = nil) throws -> Result {
    try run(arguments, input: input)
  }

  func run(_ arguments: [String], input: String? = nil) throws -> Result {
    try start(arguments, input: input).result()
  }

  /// Runs a script in the folder; `$0` is the program.
  func shell(_ script: String) throws -> Result {
    try start(["-c", script, Self.path], of: URL(filePath: "/bin/bash")).result()
  }

  /// Starts a command that is to be interrupted.
  func start(
    _ arguments: [String], of executable: URL = Self.executable, input: String? = nil
  ) throws -> Running {
    let process = Process()
    process.executableURL = executable
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.environment = Self.cleanEnvironment.merging(environment) { $1 }
    // Files rather than pipes: nobody has to drain them while the process runs.
    let streams = folder.appending(path: ".streams-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: streams, withIntermediateDirectories: true)
    for name in ["in", "out", "err"] {
      try Data((name == "in" ? input ?? "" : "").utf8).write(to: streams.appending(path: name))
    }
    process.standardInput = try FileHandle(forReadingFrom: streams.appending(path: "in"))
    process.standardOutput = try FileHandle(forWritingTo: streams.appending(path: "out"))
    process.standardError = try FileHandle(forWritingTo: streams.appending(path: "err"))
    try process.run()
    return Running(process: process, streams: streams)
  }

  /// A started process.
  struct Running {
    let process: Process
    let streams: URL

    func result() throws -> Result {
      process.waitUntilExit()
      defer { try? FileManager.default.removeItem(at: streams) }
      return Result(
        status: process.terminationReason == .exit
          ? process.terminationStatus : 128 + process.terminationStatus,
        output: try read("out"), error: try read("err"))
    }

    /// What was written so far.
    func read(_ name: String) throws -> String {
      String(decoding: try Data(contentsOf: streams.appending(path: name)), as: UTF8.self)
    }

    /// Returns once `text` stands on standard output (`err`: error), or the process has ended.
    func wait(for text: String, in name: String = "out") throws {
      let out = streams.appending(path: name)
      while process.isRunning {
        if try Data(contentsOf: out).range(of: Data(text.utf8)) != nil { return }
        usleep(2000)
      }
    }

    func signal(_ number: Int32) { kill(process.processIdentifier, number) }
  }

  /// Beside the test bundle: both come out of one build.
  static var path: String { executable.path }

  private static var executable: URL {
    Bundle.main.bundleURL.appending(path: "regimen")
  }

  private static var cleanEnvironment: [String: String] {
    ProcessInfo.processInfo.environment.filter { name, _ in
      !name.hasPrefix("REGIMEN_") && name != "NO_COLOR" && name != "COLUMNS"
    }
  }

  static func object(_ text: String) -> [String: Any] {
    let value = try? JSONSerialization.jsonObject(with: Data(text.utf8))
    return value as? [String: Any] ?? [:]
  }
}

/// Runs `body` with a program in a new folder, which is deleted afterwards.
func withProgram<Result>(_ body: (Program) throws -> Result) throws -> Result {
  let folder = try TemporaryFolder(inMemory: false)
  return try withExtendedLifetime(folder) { try body(Program(folder: $0.url)) }
}
