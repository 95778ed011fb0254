import Testing

@testable import Neural

@Suite("Chat templates")
struct ChatTemplateTests {
  struct Golden: Decodable {
    struct Case: Decodable {
      let template: String
      let messages: [[String: String]]
      let prompt: Bool
      let text: String

      var conversation: [ChatMessage] {
        messages.map { ChatMessage(role: $0["role"] ?? "", content: $0["content"] ?? "") }
      }
    }

    let templates: [String: String]
    let cases: [Case]
    let unknown: [String: String]
  }

  let golden: Golden

  init() throws { golden = try TextFixture.decode("chat.json", as: Golden.self) }

  @Test("conversations read as transformers renders them")
  func rendering() throws {
    #expect(golden.templates.count == 5)
    for example in golden.cases {
      let template = try ChatTemplate.recognise(golden.templates[example.template] ?? "")
      let text = try template.render(
        example.conversation, addGenerationPrompt: example.prompt)
      #expect(Array(text.utf8) == Array(example.text.utf8), "\(example.template)")
    }
  }

  @Test("the template's own text is kept")
  func kept() {
    for text in Array(golden.templates.values) + Array(golden.unknown.values) {
      #expect(ChatTemplate(text).jinja == text)
    }
  }

  @Test("the named templates do what the templates of those models do")
  func named() throws {
    let names = ["chatml": "plain", "chatml_smollm2": "smollm2", "chatml_qwen2.5": "qwen2.5"]
    for (name, original) in names {
      let template = try #require(try ChatTemplate.named(name))
      // Their text is a template of its own, not the model's.
      #expect(try ChatTemplate.recognise(template.jinja) == template)
      for example in golden.cases where example.template == original {
        let text = try template.render(example.conversation, addGenerationPrompt: example.prompt)
        #expect(text == example.text)
      }
    }
    #expect(try ChatTemplate.named("none") == nil)
    #expect(Set(ChatTemplate.names) == Set(names.keys).union(["none"]))
    expectError(
      .unsupported,
      "the chat template 'llama' does not exist; there are chatml, chatml_smollm2, "
        + "chatml_qwen2.5, none"
    ) { _ = try ChatTemplate.named("llama") }
  }

  @Test("an unknown template is an error that names the recipe's key, once it is used")
  func unknown() {
    let message =
      "the model's chat template is none that is known here; set `chat_template` of the model to "
      + "one of chatml, chatml_smollm2, chatml_qwen2.5, none"
    #expect(golden.unknown.count == 10)
    for (name, jinja) in golden.unknown {
      expectError(.unsupported, message) { _ = try ChatTemplate.recognise(jinja) }
      let template = ChatTemplate(jinja)
      expectError(.unsupported, message) {
        _ = try template.render(
          [ChatMessage(role: "user", content: "x")], addGenerationPrompt: true)
      }
      #expect(template.defaultSystem == nil, "\(name)")
    }
  }

  @Test("other roles, and a conversation without messages, are errors")
  func roles() throws {
    let template = try #require(try ChatTemplate.named("chatml"))
    expectError(
      .invalidText,
      "message 2 has the role 'tool'; the roles are system, user and assistant"
    ) {
      _ = try template.render(
        [ChatMessage(role: "user", content: "x"), ChatMessage(role: "tool", content: "4")],
        addGenerationPrompt: false)
    }
    expectError(.invalidText, "a conversation without messages has no text") {
      _ = try template.render([], addGenerationPrompt: true)
    }
  }
}
