public import ArgumentParser
import Foundation
import Insight
import JSON
public import Neural
import Text

struct ModelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "model",
    abstract: "Describes and converts checkpoints.",
    subcommands: [ModelInfoCommand.self, ModelImportCommand.self])
}

struct ModelInfoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "info", abstract: "Shows what a checkpoint holds.")

  @Argument(help: "A GGUF file, a Hugging Face folder, or RUN/STAGE.")
  var path: String
  @Flag(help: "Print one JSON document.") var json = false
  @OptionGroup var global: GlobalOptions

  func run() throws {
    let model = try ModelArgument(path, global).load(head: nil)
    let facts = ModelFacts(model).facts
    if json {
      Output.json(.object(facts.map { ($0.name, $0.value) }))
      return
    }
    var table = TextTable(["field", "value"])
    for fact in facts {
      if case .string(let text) = fact.value {
        table.add([fact.name, text])
      } else {
        table.add([fact.name, fact.value.line])
      }
    }
    Output.line(table.render())
  }
}

struct ModelImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Writes a checkpoint as a Hugging Face folder.")

  @Argument(help: "A GGUF file, a Hugging Face folder, or RUN/STAGE.")
  var path: String
  @Option(
    name: [.customShort("o"), .customLong("output")],
    help: ArgumentHelp("The folder to write.", valueName: "dir"))
  var output: String
  @Option(
    help: ArgumentHelp(
      "A folder that PEFT saved, whose adapters are merged into the model.", valueName: "dir"))
  var adapter: String?
  @Option(help: "The type of stored weights: f32 or bf16.") var dtype = ExportType.f32
  @OptionGroup var global: GlobalOptions

  func run() throws {
    let argument = ModelArgument(path, adapter: adapter, global)
    let model = try argument.load(head: nil)
    try ModelFolder(output).write(model.files(dtype: dtype, marks: argument.marks(model)))
    global.console.note("wrote \(output)")
  }
}

extension ExportType: ExpressibleByArgument {}
