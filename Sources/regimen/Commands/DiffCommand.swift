import ArgumentParser
import Insight
import Storage

struct DiffCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Shows how two runs differ: in settings and in results.")

  @Argument(help: "The run to start from.") var old: String
  @Argument(help: "The run to compare with it.") var new: String
  @OptionGroup var global: GlobalOptions

  func run() throws {
    let store = try global.store()
    let (before, after) = (try store.run(selector: old), try store.run(selector: new))
    let differences = StageDifferences(
      of: try RunContents(store, after), from: try RunContents(store, before), seeds: true)
    Output.line("\(before.name) (\(before.id)) -> \(after.name) (\(after.id))")
    for stage in differences.stages where !stage.words.isEmpty {
      Output.line("\(stage.name):")
      for words in stage.words { Output.line("  \(words)") }
    }
    for name in differences.added { Output.line("\(name): only in \(after.name)") }
    for name in differences.removed { Output.line("\(name): only in \(before.name)") }
    if differences.stages.allSatisfy(\.words.isEmpty), differences.added.isEmpty,
      differences.removed.isEmpty
    {
      return Output.line("the same keys in every stage")
    }
    var table = TextTable(["stage", "before", "after"])
    for stage in differences.stages where !stage.words.isEmpty {
      let figures = try [before, after].map { run in
        try store.stages(run: run.id).first { $0.name == stage.name }
          .map { try StageFigures(store, $0).text } ?? ""
      }
      if figures != ["", ""] { table.add([stage.name] + figures) }
    }
    if !table.rows.isEmpty { Output.line("\n" + table.render()) }
  }
}
