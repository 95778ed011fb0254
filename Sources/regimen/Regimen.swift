import ArgumentParser
import Foundation

/// The program: reads the command line, runs one command and returns its exit status.
@main
struct Regimen: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "regimen",
    abstract: "Runs courses of post-training (SFT, GRPO, rejection sampling) from one YAML file.",
    discussion: """
      A run lives in runs/: it survives Ctrl-C and kill -9, and `regimen resume` ends with the same \
      bits. Every command takes -C DIR, --threads N, -q, -v and --no-color.
      """,
    version: "0.1.0",
    groupedSubcommands: [
      CommandGroup(name: "Recipes:", subcommands: []),
      CommandGroup(name: "Models:", subcommands: []),
      CommandGroup(name: "Answers:", subcommands: []),
    ])

  static func main() async {
    // The default action, whatever the parent left: `regimen samples | head` ends quietly.
    signal(SIGPIPE, SIG_DFL)
    let arguments = GlobalOptions.movedBehindCommand(Array(CommandLine.arguments.dropFirst()))
    do {
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
}
