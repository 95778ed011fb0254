import ArgumentParser
import Foundation
import Neural

/// What every command takes.
struct GlobalOptions: ParsableArguments {
  @Option(
    name: .customShort("C"),
    help: ArgumentHelp("The folder that holds runs/.", valueName: "dir"))
  var directory = "."

  @Option(
    help: ArgumentHelp(
      "Threads to compute with (default: REGIMEN_THREADS, else the available cores).",
      valueName: "n"))
  var threads: Int?

  @Flag(name: .shortAndLong, help: "Print only results and errors.")
  var quiet = false

  @Flag(name: .shortAndLong, help: "Say more.")
  var verbose = false

  @Flag(name: .customLong("no-color"), help: "No colours and no redrawn lines.")
  var noColor = false

  func validate() throws { _ = try threadCount }

  /// The flag, then the environment, then the cores that the scheduler allows this process.
  var threadCount: Int {
    get throws {
      let environment = ProcessInfo.processInfo.environment["REGIMEN_THREADS"] ?? ""
      guard threads != nil || !environment.isEmpty else {
        return ProcessInfo.processInfo.activeProcessorCount
      }
      guard let count = threads ?? Int(environment), (1...1024).contains(count) else {
        let source = threads == nil ? "REGIMEN_THREADS" : "--threads"
        throw ValidationError("\(source) must be a number from 1 to 1024.")
      }
      return count
    }
  }

  /// Makes the kernels use that many; before the first of them runs.
  func applyThreads() throws { setThreads(try threadCount) }

  var console: Console { Console(quiet: quiet, verbose: verbose, plain: noColor) }

  /// Moves these options behind the command's name, so that they may also stand before it, as with
  /// `git -C` or `make -C`.
  static func movedBehindCommand(_ arguments: [String]) -> [String] {
    var leading: [String] = []
    var rest = arguments[...]
    while let argument = rest.first {
      if ["-q", "--quiet", "-v", "--verbose", "--no-color"].contains(argument)
        || argument.hasPrefix("--threads=") || (argument.hasPrefix("-C") && argument.count > 2)
      {
        leading.append(rest.removeFirst())
      } else if ["-C", "--threads"].contains(argument), rest.count > 1 {
        leading += [rest.removeFirst(), rest.removeFirst()]
      } else {
        break
      }
    }
    guard let command = rest.first, !command.hasPrefix("-") else { return arguments }
    return [command] + leading + rest.dropFirst()
  }
}
