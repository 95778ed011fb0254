import ArgumentParser
import Foundation
import Recipes
import Settings

/// The program: reads the command line, runs one command and returns its exit status.
@main
struct Regimen: AsyncParsableCommand {
  static let version = "0.1.0"

  static let configuration = CommandConfiguration(
    commandName: "regimen",
    abstract: "Runs a post-training recipe (SFT, GRPO, distillation, ...) from a YAML file.",
    discussion: """
      A run is stored in runs/: it survives Ctrl-C and kill -9, and `regimen resume` ends with the \
      same bits. Every command takes -C DIR, --threads N, -q, -v and --no-color.
      """,
    version: version,
    groupedSubcommands: [
      CommandGroup(
        name: "Recipe",
        subcommands: [
          ValidateCommand.self, PlanCommand.self, RunCommand.self, ResumeCommand.self,
          ListCommand.self, SchemaCommand.self,
        ]),
      CommandGroup(
        name: "Run",
        subcommands: [
          LsCommand.self, StatusCommand.self, ShowCommand.self, WhyCommand.self,
          CompareCommand.self,
          DiffCommand.self,
          LogsCommand.self, MetricsCommand.self, SamplesCommand.self, ExportCommand.self,
          StopCommand.self, RmCommand.self,
        ]),
      CommandGroup(
        name: "Workspace",
        subcommands: [
          GCCommand.self, DoctorCommand.self, BackupCommand.self, CompletionCommand.self,
        ]),
      CommandGroup(
        name: "Model and answer",
        subcommands: [
          ModelCommand.self, TokenizeCommand.self, ScoreCommand.self, GenerateCommand.self,
          VerifyCommand.self, BenchCommand.self,
        ]),
    ])

  static func main() async {
    // The default action, whatever the parent left: `regimen samples | head` ends quietly.
    signal(SIGPIPE, SIG_DFL)
    // A file at its size limit (`ulimit -f`) is an error like a full disk, not the end.
    signal(SIGXFSZ, SIG_IGN)
    OutOfMemory.catchFailures()
    let arguments = GlobalOptions.movedBehindCommand(
      withEmptyValues(Array(CommandLine.arguments.dropFirst())))
    do {
      try requireCommand(arguments.first)
      var command = try parseAsRoot(arguments)
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
    } catch {
      Foundation.exit(report(error).rawValue)
    }
  }

  /// `--answer=` as `--answer ''`: the parser takes the first for an option without a value.
  private static func withEmptyValues(_ arguments: [String]) -> [String] {
    let end = arguments.firstIndex(of: "--") ?? arguments.endIndex
    let options = arguments[..<end].flatMap { argument in
      let isEmptyValue =
        argument.hasPrefix("--") && argument.firstIndex(of: "=") == argument.indices.last
      return isEmptyValue ? [String(argument.dropLast()), ""] : [argument]
    }
    return options + arguments[end...]
  }

  /// Throws for a first word that names no command.
  private static func requireCommand(_ word: String?) throws {
    let names = configuration.subcommands.compactMap { $0.configuration.commandName } + ["help"]
    guard let word, !word.hasPrefix("-"), !names.contains(word) else { return }
    let hint = nearestName(to: word, among: names).map { "did you mean '\($0)'? " } ?? ""
    throw CommandError(
      .usage, "there is no command '\(word)'; \(hint)`regimen --help` lists all of them")
  }
}
