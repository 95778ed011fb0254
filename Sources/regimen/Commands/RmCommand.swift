import ArgumentParser
import Storage

struct RmCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rm",
    abstract: "Removes runs: their rows, and the files that only they use.",
    discussion: "A run whose stages other runs reuse is kept, and so is one that is running.")

  @Argument(help: ArgumentHelp("Ids, unique prefixes or names.", valueName: "run"))
  var selectors: [String]
  @OptionGroup var global: GlobalOptions

  func run() throws {
    let store = try global.store()
    // All or none: a wrong name must not leave half of the work done.
    let runs = try selectors.map { try store.run(selector: $0) }
    for run in runs {
      try store.removeRun(id: run.id)
      Output.line("removed \(run.name) (\(run.id))")
    }
  }
}
