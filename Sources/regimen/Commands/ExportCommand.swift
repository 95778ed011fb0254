public import ArgumentParser
import Foundation
import Host
import Insight
public import Neural
import Storage
import Text

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Exports the model of a stage for other programs.",
    discussion: """
      hf: a folder that transformers loads, in f32 or bf16. gguf: a file that llama.cpp loads, in \
      f32, bf16, f16 or q8_0. Training weights are f32; bf16 and f16 round each weight once. peft: \
      only the adapters of a stage with peft_config, which PEFT loads onto the model it started \
      from.
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable { case hf, gguf, peft }

  @Argument(help: ArgumentHelp("RUN/STAGE.", valueName: "run/stage")) var stage: String
  @Option(
    help: "hf, a Hugging Face folder; gguf, a file for llama.cpp; or peft, only adapters.")
  var format = Format.hf
  @Option(help: "The type of stored matrices: f32, bf16; gguf also f16 and q8_0.")
  var dtype = GGUFType.f32
  @Option(
    name: [.customShort("o"), .customLong("output")],
    help: ArgumentHelp("The folder or file to write.", valueName: "path"))
  var output: String
  @OptionGroup var global: GlobalOptions

  func validate() throws {
    if StageSelector(stage) == nil {
      throw ValidationError("'\(stage)' is not of the form RUN/STAGE.")
    }
    if format == .peft, dtype != .f32 { throw ValidationError("peft is written in f32.") }
    if format == .hf, ExportType(rawValue: dtype.rawValue) == nil {
      throw ValidationError("hf is written in f32 or bf16; \(dtype.rawValue) is a type of gguf.")
    }
  }

  func run() throws {
    let argument = ModelArgument(stage, global, pathsAllowed: false)
    func model() throws -> LanguageModel { try argument.load(head: nil) }
    switch format {
    case .hf:
      let type = ExportType(rawValue: dtype.rawValue) ?? .f32
      let trained = try model()
      var files = try trained.files(dtype: type, marks: argument.marks(trained))
      files["README.md"] = FileContent(
        Data(try card().markdown(library: "transformers").utf8))
      try ModelFolder(output).write(files)
    case .gguf:
      let file = URL(fileURLWithPath: output)
      let folder = ModelFolder(file.deletingLastPathComponent().path)
      try folder.write([file.lastPathComponent: FileContent(try model().gguf(dtype: dtype))])
    case .peft: try ModelFolder(output).write(adapters(argument).mapValues { FileContent($0) })
    }
    global.console.note("wrote \(output)")
  }

  /// The adapters, which name the model that the stage began with.
  private func adapters(_ argument: ModelArgument) throws -> [String: Data] {
    var files = try argument.adapterFiles()
    let card = try card()
    if let base = card.base, let config = files[Adapters.configFile] {
      files[Adapters.configFile] = try Adapters.config(config, naming: base)
    } else {
      global.console.note(
        "the adapters' base is not a file in the recipe, so base_model_name_or_path is null; "
          + "export the stage before as hf and give its folder to PEFT")
    }
    files["README.md"] = Data(card.markdown(library: "peft", adaptersOf: card.base).utf8)
    return files
  }

  private func card() throws -> ModelCard {
    let store = try global.store()
    guard let selector = StageSelector(stage) else {
      throw CommandError(.usage, "'\(stage)' is not of the form RUN/STAGE.")
    }
    return try ModelCard(selector.record(in: store), in: store)
  }
}

extension GGUFType: ExpressibleByArgument {}
