import Testing

@testable import Text

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
    #expect(golden.templates.count == 21)
    for example in golden.cases {
      let template = ChatTemplate(golden.templates[example.template] ?? "")
        .with(bos: "<|endoftext|>", eos: "<|im_end|>")
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
      #expect(ChatTemplate(template.jinja) == template)
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

  @Test("a template that cannot be rendered is an error that says why, once it is used")
  func unknown() {
    let reasons = [
      "broken": "line 1, column 4: 'for' has no 'else' or 'endfor'",
      "unfinished": "line 4, column 5: a tag does not end",
      "include": "line 1, column 4: the statement 'include' is not supported",
      "filter": "line 1, column 26: the filter 'urlize' is not supported",
      "refused": "line 1, column 19: it refuses the conversation: No system role",
      "undefined": "line 1, column 15: an element that does not exist is undefined",
      "time":
        "line 1, column 16: 'strftime_now' is not supported: a text must not depend on the date",
    ]
    #expect(Set(golden.unknown.keys) == Set(reasons.keys))
    for (name, jinja) in golden.unknown {
      expectError(
        .unsupported,
        "the model's chat template cannot be rendered here (\(reasons[name] ?? "")); set "
          + "`chat_template` of the model to one of chatml, chatml_smollm2, chatml_qwen2.5, none"
      ) {
        _ = try ChatTemplate(jinja).render(
          [ChatMessage(role: "user", content: "x")], addGenerationPrompt: true)
      }
    }
  }

  @Test("what of Jinja is wrong or not here is named")
  func wrong() {
    let cases = [
      "{{ 1 + 'a' }}": "line 1, column 6: '+' of a number and a string",
      "{{ missing.x }}": "line 1, column 11: 'missing' is undefined",
      "{% set a.b = 1 %}": "line 1, column 8: 'a.b' is set, and 'a' is no namespace",
      "{{ 'a' is strange }}": "line 1, column 11: the test 'strange' is not supported",
      "{{ (1 }}": "line 1, column 7: unexpected '}', expected ')'",
      "{% if true %}{% endfor %}":
        "line 1, column 14: 'endfor' where 'elif' or 'else' or 'endif' should end 'if'",
      "{{ 'a }}": "line 1, column 4: a string does not end",
      "{{ messages | xmlattr }}": "line 1, column 15: the filter 'xmlattr' is not supported",
      "{% endif %}": "line 1, column 1: 'endif' ends no block",
    ]
    for (jinja, reason) in cases {
      let error = #expect(throws: ModelError.self) {
        try ChatTemplate(jinja).render(
          [ChatMessage(role: "user", content: "x")], addGenerationPrompt: true)
      }
      #expect(error?.message.contains("(\(reason))") == true, "\(jinja): \(error?.message ?? "")")
    }
  }

  @Test("words of a template's text are told from parts of words")
  func mentions() {
    let template = ChatTemplate("{% for m in messages %}{{ m.tool_calls[0].names }}{% endfor %}")
    #expect(template.mentions("tool_calls") && template.mentions("messages"))
    #expect(!template.mentions("tool") && !template.mentions("name") && !template.mentions("x"))
  }

  @Test("roles are the template's matter; a conversation without messages is an error")
  func roles() throws {
    let template = try #require(try ChatTemplate.named("chatml"))
    #expect(
      try template.render(
        [ChatMessage(role: "user", content: "x"), ChatMessage(role: "tool", content: "4")],
        addGenerationPrompt: false)
        == "<|im_start|>user\nx<|im_end|>\n<|im_start|>tool\n4<|im_end|>\n")
    expectError(.invalidText, "a conversation without messages has no text") {
      _ = try template.render([], addGenerationPrompt: true)
    }
  }
}
