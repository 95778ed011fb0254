public import Foundation
public import Host
public import Text

extension LanguageModel {
  /// The model at `path`: a GGUF file, or a folder that transformers saved.
  ///
  /// `chatTemplate` takes the place of the checkpoint's own; a model with another head than `head` is
  /// refused, nil takes any. Throws `ModelError` for a file that is
  /// missing or broken, and for whatever changes the arithmetic and is not supported.
  public static func load(
    path: String, in files: any FileAccess, chatTemplate: ChatTemplate? = nil,
    head: ModelConfig.Head? = .languageModel
  ) throws -> LanguageModel {
    let checkpoint = try CheckpointPath(path, in: files).checkpoint()
    return try load(checkpoint, chatTemplate: chatTemplate, head: head)
  }

  /// The model at `path` without its weights, which are not read: to write and count what it would read.
  public static func loadWithoutWeights(
    path: String, in files: any FileAccess, chatTemplate: ChatTemplate? = nil
  ) throws -> LanguageModel {
    let checkpoint = try CheckpointPath(path, in: files).checkpoint()
    try checkpoint.check()
    try checkpoint.require(.languageModel)
    return model(checkpoint, parameters: ParameterSet(tensors: []), chatTemplate: chatTemplate)
  }

  /// The model in the files of a folder that transformers saved, by their names.
  public static func load(
    files: [String: FileContent], name: String = "the model",
    head: ModelConfig.Head? = .languageModel
  ) throws -> LanguageModel {
    try load(name: name, head: head) { try files[$0]?.data() }
  }

  /// The model in the files that `file` gives by their names, nil for one that does not exist.
  public static func load(
    name: String, head: ModelConfig.Head? = .languageModel,
    file: @escaping (String) throws -> Data?
  ) throws -> LanguageModel {
    try load(HuggingFaceFolder.read(name: name, file: file), chatTemplate: nil, head: head)
  }

  /// The tokenizer of the model at `path`, without reading its weights.
  public static func loadTokenizer(
    path: String, in files: any FileAccess
  ) throws -> any Tokenizer {
    try CheckpointPath(path, in: files).tokenizer()
  }

  /// The sizes of the model at `path`, without reading its weights.
  public static func loadConfig(path: String, in files: any FileAccess) throws -> ModelConfig {
    try CheckpointPath(path, in: files).checkpoint().config
  }

  /// Whether the model at `path` has rows in its vocabulary that no token has, without reading its
  /// weights.
  public static func hasUnnamedRows(path: String, in files: any FileAccess) throws -> Bool {
    let checkpoint = try CheckpointPath(path, in: files).checkpoint()
    return checkpoint.config.head == .languageModel
      && !VocabularyMask(checkpoint.tokenizer, rows: checkpoint.config.vocabSize).isEmpty
  }

  private static func load(
    _ checkpoint: Checkpoint, chatTemplate: ChatTemplate?, head: ModelConfig.Head?
  ) throws -> LanguageModel {
    try checkpoint.check()
    if let head { try checkpoint.require(head) }
    let parameters = ParameterSet(config: checkpoint.config)
    var areFinite = true
    for entry in parameters.entries {
      let weight = checkpoint.weights[entry.name]
      if weight?.read(parameters.floats[entry.range]) == false { areFinite = false }
    }
    if !areFinite {
      try parameters.requireFinite(
        checkpoint.name, "the file is damaged or its training diverged; use another checkpoint")
    }
    parameters.changed()
    return model(checkpoint, parameters: parameters, chatTemplate: chatTemplate)
  }

  private static func model(
    _ checkpoint: Checkpoint, parameters: ParameterSet, chatTemplate: ChatTemplate?
  ) -> LanguageModel {
    LanguageModel(
      config: checkpoint.config, parameters: parameters, tokenizer: checkpoint.tokenizer,
      chatTemplate: chatTemplate ?? checkpoint.chatTemplate, eosTokenIDs: checkpoint.ids.eos,
      bosTokenID: checkpoint.ids.bos, padTokenID: checkpoint.ids.pad, marks: checkpoint.marks)
  }

  /// The files of a folder that transformers loads, by their names: config.json,
  /// generation_config.json, model.safetensors, tokenizer.json, tokenizer_config.json and, if there
  /// is a template, chat_template.jinja. Equal models give equal bytes; the weights are read when they are
  /// written.
  ///
  /// Throws `notFinite` for weights that no program should read.
  ///
  /// - Parameter marks: what transformers shall put around plain text; nil: what the tokenizer's own
  ///   files say, which are then written as they came.
  public func files(
    dtype: ExportType, marks: TextMarks? = nil
  ) throws -> [String: FileContent] {
    try requireFinite()
    let ids = ConfigJSON.TokenIDs(bos: bosTokenID, eos: eosTokenIDs, pad: padTokenID)
    let tensors = parameters.entries.map { entry in
      (name: entry.name, shape: entry.shape, values: parameters.floats[entry.range])
    }
    return try HuggingFaceWriter(
      config: config, ids: ids, tokenizer: tokenizer, chatTemplate: chatTemplate
    ).files(tensors, as: dtype, of: parameters, marks: marks)
  }
}

extension LanguageModel {
  /// Throws `notFinite` for a weight that is infinite or not a number, before it is written.
  func requireFinite() throws {
    try parameters.requireFinite(
      "the model",
      "it is not written, and the last checkpoint stays; lower learning_rate or max_grad_norm")
  }
}

/// A checkpoint on disk: a GGUF file, or a folder.
struct CheckpointPath {
  private let path: String
  private let files: any FileAccess
  private let isFolder: Bool

  init(_ path: String, in files: any FileAccess) throws {
    guard let status = files.status(path) else {
      throw ModelError(
        .missingFile, "\(path): no such file; give a GGUF file or a Hugging Face folder")
    }
    self.path = path
    self.files = files
    isFolder = status.isFolder
  }

  func checkpoint() throws -> Checkpoint {
    isFolder
      ? try HuggingFaceFolder.read(name: path, file: file)
      : try GGUFModel.read(mapped(path), name: path)
  }

  func tokenizer() throws -> any Tokenizer {
    isFolder
      ? try HuggingFaceFolder.readTokenizer(name: path, file: file)
      : try GGUFTokenizer(GGUF(mapped(path), name: path)).tokenizer()
  }

  /// A file of the folder; nil if there is none of that name.
  func file(_ name: String) throws -> Data? {
    let file = "\(path)/\(name)"
    return files.status(file) == nil ? nil : try mapped(file)
  }

  /// A file's bytes, read as they are touched.
  private func mapped(_ file: String) throws -> Data {
    do {
      return try files.contents(file)
    } catch {
      throw ModelError(.missingFile, "\(file): it cannot be read (\(error.localizedDescription))")
    }
  }
}
