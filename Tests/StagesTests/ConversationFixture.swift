import Foundation
import Host
import JSON
import Neural
import TestSupport

@testable import Datasets
@testable import Stages

/// Tests/Fixtures/conversations, made by conversations.py: a tiny model, chat templates, and what
/// transformers makes of conversations with them.
struct ConversationFixture {
  let cases: [JSONObject]
  let continued: [JSONObject]
  private let templates: JSONObject

  static let folder = Repository.fixture("conversations")

  init() throws {
    let data = try Data(contentsOf: Self.folder.appending(path: "cases.json"))
    guard case .object(let golden) = try JSONParser.parse(Array(data)) else {
      throw DatasetError("cases.json is no object")
    }
    cases = golden.objects("cases")
    continued = golden.objects("continued")
    templates = golden.object("templates")
  }

  /// The files of the model with a template and end tokens.
  func files(
    _ template: String, bos: String? = nil, eos: String? = "<|im_end|>", listed: [Int]? = nil
  ) throws -> [String: Data] {
    var files: [String: Data] = [:]
    for name in ["config.json", "model.safetensors", "tokenizer.json"] {
      files[name] = try Data(contentsOf: Self.folder.appending(path: name))
    }
    files["chat_template.jinja"] = Data((templates.text(template) ?? template).utf8)
    let tokens = ["bos_token": bos, "eos_token": eos].compactMapValues(\.self)
    files["tokenizer_config.json"] = try JSONEncoder().encode(tokens)
    files["generation_config.json"] = try listed.map {
      try JSONEncoder().encode(["eos_token_id": $0])
    }
    return files
  }

  func model(
    _ template: String, bos: String? = nil, eos: String? = "<|im_end|>", listed: [Int]? = nil
  ) throws -> LanguageModel {
    try LanguageModel.load(
      files: files(template, bos: bos, eos: eos, listed: listed).mapValues { FileContent($0) })
  }

  /// The model of a case.
  func model(of example: JSONObject) throws -> LanguageModel {
    let listed: [Int]? =
      if case .array(let ids)? = example["listed"] { ids.compactMap(\.whole) } else { nil }
    return try model(
      example.text("template") ?? "", bos: example.text("bos"), eos: example.text("eos"),
      listed: listed)
  }

  /// The files of a model in a folder of their own.
  func write(_ files: [String: Data], to folder: URL) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for (name, data) in files { try data.write(to: folder.appending(path: name)) }
  }
}

extension JSONObject {
  func text(_ key: String) -> String? {
    if case .string(let text)? = self[key] { text } else { nil }
  }

  func object(_ key: String) -> JSONObject {
    if case .object(let object)? = self[key] { object } else { [:] }
  }

  func objects(_ key: String) -> [JSONObject] {
    guard case .array(let items)? = self[key] else { return [] }
    return items.compactMap { if case .object(let object) = $0 { object } else { nil } }
  }

  /// The row of a conversation whose last message is the reply.
  func row(id: Int = 1) throws -> Row {
    var line: JSONObject = ["id": .number("\(id)")]
    let messages = objects("messages").map { JSONValue.object($0) }
    line["prompt"] = .array(messages.dropLast())
    line["completion"] = .array(messages.suffix(1))
    if let tools = self["tools"], tools != .null { line["fields"] = .object(["tools": tools]) }
    var text = ""
    JSONValue.object(line).write(into: &text)
    return try RowCoding.decode(Data(text.utf8), name: "row")[0]
  }
}

extension JSONValue {
  fileprivate var whole: Int? { if case .number(let text) = self { Int(text) } else { nil } }

  var number: Double? { if case .number(let text) = self { Double(text) } else { nil } }
}

extension Row {
  /// The row that a line of TRL's shapes stands for.
  init(line: String) throws {
    self = try RowCoding.decode(Data(line.utf8), name: "row")[0]
  }
}

extension PromptRow {
  /// A row whose prompt is the text that the model reads.
  init(id: Int, dataset: String = "", row: Row, text: String) {
    self.init(
      id: id, source: RowSource(name: dataset), row: row,
      prompt: WrittenPrompt(text: text, prefix: row.prefix, opening: ""))
  }
}
