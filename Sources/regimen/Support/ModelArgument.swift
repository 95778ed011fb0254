import Foundation
import Host
import Insight
import Neural
import Recipes
import Stages
import Storage
import Text
import Workflow

/// What a person names as a model: a GGUF file, a Hugging Face folder, or the model that a stage of
/// a run left (RUN/STAGE). An existing path wins.
struct ModelArgument {
  private let text: String
  private let global: GlobalOptions
  private let isPath: Bool
  private let adapter: String?

  /// - Parameters:
  ///   - adapter: a folder of adapters for the model
  ///   - pathsAllowed: false where only a stage will do.
  init(
    _ text: String, adapter: String? = nil, _ global: GlobalOptions, pathsAllowed: Bool = true
  ) {
    self.text = text
    self.adapter = adapter
    self.global = global
    isPath = pathsAllowed && FileManager.default.fileExists(atPath: text)
  }

  /// - Parameter head: which kind of model will do; nil: any.
  func load(head: ModelConfig.Head? = .languageModel) throws -> LanguageModel {
    try global.applyThreads()
    let model = try loadBase(head)
    if let adapter { try model.merge(adapter: adapter, in: LocalFiles()) }
    return model
  }

  private func loadBase(_ head: ModelConfig.Head?) throws -> LanguageModel {
    if isPath { return try LanguageModel.load(path: text, in: LocalFiles(), head: head) }
    let file = try artifact()
    return try LanguageModel.load(name: text, head: head, file: file)
  }

  /// What other programs shall put around plain text for the model: what its checkpoint says or, for
  /// one that a stage trained, nothing, which is what training saw.
  func marks(_ model: LanguageModel) -> TextMarks { isPath ? model.marks : TextMarks() }

  /// The tokenizer, without the weights if these are in a separate file.
  func tokenizer() throws -> any Tokenizer {
    isPath
      ? try LanguageModel.loadTokenizer(path: text, in: LocalFiles())
      : try load(head: nil).tokenizer
  }

  /// The model; of a folder that holds a config.json but no weights, one with random weights.
  func loadOrInvent() throws -> LanguageModel {
    let names = isPath ? try? FileManager.default.contentsOfDirectory(atPath: text) : nil
    guard let names, names.contains("config.json"),
      !names.contains(where: { $0.hasSuffix(".safetensors") || $0.hasSuffix(".index.json") })
    else { return try load() }
    try global.applyThreads()
    return try LanguageModel.untrained(folder: text, in: LocalFiles(), seed: 0)
  }

  /// The files of the adapters that a stage trained.
  func adapterFiles() throws -> [String: Data] {
    let file = try artifact()
    var files: [String: Data] = [:]
    for name in [Adapters.configFile, Adapters.weightsFile] { files[name] = try file(name) }
    guard files.count == 2 else {
      throw CommandError(
        .notFound, "\(text): the stage trained all weights, without peft_config; export hf or gguf")
    }
    return files
  }

  /// The stage; where there is no such run, the text may be the name of a model on a hub.
  private func found(_ selector: StageSelector) throws -> (Store, StageRecord) {
    do {
      let store = try global.store()
      let run = try store.run(selector: selector.run)
      return (store, try store.stage(selector.stage, of: run))
    } catch {
      let (status, message) = Regimen.explanation(of: error)
      guard let hub = HubName(text) else { throw error }
      let folder = text.split(separator: "/").last.map(String.init) ?? text
      throw CommandError(
        status,
        "\(text): no such file, and as RUN/STAGE: \(message)\n\(hub.hint(place: folder)); "
          + "then give --model \(folder)")
    }
  }

  /// Reads the files of the model that a stage left, by their names.
  private func artifact() throws -> (String) throws -> Data? {
    guard let selector = StageSelector(text), !text.hasPrefix("."), !text.hasPrefix("/") else {
      throw CommandError(
        .badInput,
        "\(text): no such file; give a GGUF file, a Hugging Face folder or RUN/STAGE")
    }
    let (store, stage) = try found(selector)
    let port = builtInStages.recipes.kind(stage.kind)?.outputs.first { $0.type != .dataset }
    guard let port else {
      throw CommandError(.notFound, "\(text): a stage of kind \(stage.kind) has no output model")
    }
    guard let digest = try store.outputs(stage: stage.id)[port.name] else {
      throw CommandError(
        .notFound, "\(text): the stage has no model yet; it is \(stage.status.rawValue)")
    }
    if let lost = stage.lost {
      throw CommandError(
        .workspace,
        "\(text): the stage's output is lost (\(lost)); a new `regimen run` of its recipe "
          + "recreates it"
      )
    }
    let manifest = try store.objects.manifest(digest)
    return { name in try manifest.files[name].map { try store.objects.read($0.sha256) } }
  }
}
