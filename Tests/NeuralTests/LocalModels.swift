import Host

@testable import Neural

// What tests read lies on this machine.

extension LanguageModel {
  static func load(path: String, chatTemplate: ChatTemplate? = nil) throws -> LanguageModel {
    try load(path: path, in: LocalFiles(), chatTemplate: chatTemplate)
  }
}
