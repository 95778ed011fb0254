import Foundation
import Host
import Text

@testable import Neural

// What tests read lies on this machine.

extension LanguageModel {
  static func load(path: String, chatTemplate: ChatTemplate? = nil) throws -> LanguageModel {
    try load(path: path, in: LocalFiles(), chatTemplate: chatTemplate)
  }
}

// What is written, in memory.

extension LanguageModel {
  static func load(
    files: [String: Data], name: String = "the model", head: ModelConfig.Head? = .languageModel
  ) throws -> LanguageModel {
    try load(name: name, head: head) { files[$0] }
  }

  func data(dtype: ExportType, marks: TextMarks? = nil) throws -> [String: Data] {
    try files(dtype: dtype, marks: marks).mapValues { try $0.data() }
  }
}

extension SafetensorsWriter {
  /// The tensors must outlive the call.
  static func data(
    _ tensors: [(name: String, shape: [Int], values: Floats)], as type: ExportType,
    metadata: [String: String] = ["format": "pt"]
  ) throws -> Data {
    try write(tensors, as: type, metadata: metadata, of: Nobody()).data()
  }

  private final class Nobody {}
}
