import ArgumentParser
import Neural
import Reports
import Storage

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Writes the model of a stage as a folder that transformers loads.",
    discussion: "f32 is what training holds; bf16 rounds each weight once.")

  enum Format: String, ExpressibleByArgument, CaseIterable { case hf }

  @Argument(help: ArgumentHelp("RUN/STAGE.", valueName: "run/stage")) var stage: String
  @Option(help: "The only one so far: hf, a Hugging Face folder.") var format = Format.hf
  @Option(help: "What to store weights in: f32 or bf16.") var dtype = ExportType.f32
  @Option(
    name: [.customShort("o"), .customLong("output")],
    help: ArgumentHelp("The folder to make.", valueName: "dir"))
  var output: String
  @OptionGroup var global: GlobalOptions

  func validate() throws {
    if StageSelector(stage) == nil {
      throw ValidationError("'\(stage)' is not of the form RUN/STAGE.")
    }
  }

  func run() throws {
    let model = try ModelArgument(stage, global, pathsAllowed: false).load(head: nil)
    try ModelFolder(output).write(model.files(dtype: dtype))
    global.console.note("wrote \(output)")
  }
}
