public import ArgumentParser
public import Insight
import JSON

struct ListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract:
      "Lists what a recipe can name, and the names for TRL's keys.",
    discussion: """
      `list kinds grpo` shows the inputs, outputs and fields of one stage kind, `list stages` \
      what every stage takes, `list models` and `list datasets` the fields of those entries, \
      `list metrics grpo` the metrics that a kind reports; -v shows the fields or metrics of all. \
      `list trl` shows the key to use for each TRL key, `list trl-defaults` the keys of \
      the same name with another default.
      """)

  @Argument(help: "\(Reference.Topic.allCases.map(\.rawValue).joined(separator: ", ")).")
  var topic: Reference.Topic
  @Argument(help: "Only this one.")
  var name: String?
  @Flag(help: "Print one JSON document.") var json = false
  @Flag(help: "Print as Markdown, for the reference in docs/recipes.md.") var markdown = false
  @OptionGroup var global: GlobalOptions

  func run() throws {
    let all = Reference.entries(topic)
    let entries = all.filter { name == nil || $0.name == name }
    guard !entries.isEmpty else {
      throw CommandError(
        .notFound,
        "no '\(name ?? "")' in \(topic.rawValue); there are \(all.map(\.name).joined(separator: ", "))"
      )
    }
    if json {
      Output.json(.array(entries.map(\.json)))
    } else if markdown {
      for entry in entries { Output.line(entry.markdown ?? "- `\(entry.name)`: \(entry.summary)") }
    } else if name != nil || global.verbose || entries.count == 1 {
      Output.line(
        entries.map { $0.details ?? "\($0.name): \($0.summary)" }.joined(separator: "\n\n"))
    } else {
      var table = TextTable(["name", "what it is"])
      for entry in entries { table.add([entry.name, entry.summary]) }
      Output.line(table.render())
    }
  }
}

extension Reference.Topic: ExpressibleByArgument {}
