import ArgumentParser

struct CompletionCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "completion",
    abstract: "Prints a script that completes commands and flags in a shell.",
    discussion: """
      bash: source <(regimen completion bash); zsh: regimen completion zsh into a folder of fpath, \
      as _regimen; fish: regimen completion fish | source.
      """)

  enum Shell: String, ExpressibleByArgument, CaseIterable {
    case bash, zsh, fish

    var script: CompletionShell {
      switch self {
      case .bash: .bash
      case .zsh: .zsh
      case .fish: .fish
      }
    }
  }

  @Argument(help: "bash, zsh or fish.") var shell: Shell
  @OptionGroup var global: GlobalOptions

  func run() { Output.text(Regimen.completionScript(for: shell.script)) }
}
