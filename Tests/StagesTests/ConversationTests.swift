import Foundation
import Host
import JSON
import Neural
import Recipes
import Settings
import Tasks
import Testing
import Text
import Trace
import Workflow

@testable import Datasets
@testable import Stages

@Suite("Conversations as their chat template writes them")
struct ConversationTests {
  private let golden: ConversationFixture

  init() throws { golden = try ConversationFixture() }

  private func newWriter(_ model: LanguageModel) -> RowWriter {
    RowWriter(model: model, source: RowSource(name: "talk"))
  }

  /// The mean negative log-probability of a completion.
  private func loss(_ model: LanguageModel, _ prompt: [Int32], _ completion: [Int32]) -> Double {
    let scored = [Bool](repeating: false, count: prompt.count) + completion.map { _ in true }
    let scores = Scorer(model: model).score(
      PackedBatch.sequences([(tokens: prompt + completion, scored: scored)]))
    return -scores.logProbs.reduce(0) { $0 + Double($1) } / Double(completion.count)
  }

  @Test("prompt, reply, end token and loss are transformers'")
  func replies() throws {
    #expect(golden.cases.count == 23)
    for (number, example) in golden.cases.enumerated() {
      let model = try golden.model(of: example)
      let tokens = try newWriter(model).tokens(example.row())
      let (prompt, reply) = (example.text("prompt") ?? "", example.text("reply") ?? "")
      let end = example.text("end") ?? ""
      #expect(tokens.prompt == (try model.tokenizer.encode(prompt)), "case \(number)")
      #expect(model.tokenizer.decode(tokens.completion) == reply + end, "case \(number)")
      let loss = loss(model, tokens.prompt, tokens.completion)
      #expect(abs(loss - (example["loss"]?.number ?? 0)) < 1e-4, "case \(number): \(loss)")
      // Whatever is learnt as an end, or listed as one, ends a generation.
      let ends = model.eosTokenIDs.map { model.tokenizer.token($0) }
      #expect(ends.contains(end) && ends.first == example.text("eos"), "case \(number): \(ends)")
    }
  }

  @Test("a row that was stored and read again is written alike")
  func stored() throws {
    for example in golden.cases {
      let row = try example.row()
      let again = try RowCoding.decode(RowCoding.encode([row]), name: "rows")[0]
      #expect(again == row)
      let writer = try newWriter(golden.model(of: example))
      #expect(try writer.tokens(again) == writer.tokens(row))
    }
  }

  @Test("a last message of the assistant is continued, as transformers does it")
  func continued() throws {
    #expect(golden.continued.count == 6)
    for example in golden.continued {
      let model = try golden.model(example.text("template") ?? "", bos: "<s>", eos: "</s>")
      let messages = JSONValue.array(example.objects("messages").map { .object($0) })
      var line = ""
      JSONValue.object(["id": .number("1"), "prompt": messages]).write(into: &line)
      let row = try Row(line: line)
      let prompt = try newWriter(model).prompt(row)
      #expect(prompt.text == example.text("prompt"))
      #expect(prompt.opening.isEmpty)
      #expect(prompt.prefix.trimmingEnd.hasSuffix(row.prefix.trimmingEnd))
    }
    // The whole turn counts: what was given and what is written.
    let row = try Row(
      line: #"""
        {"id": 1, "prompt": [{"role": "user", "content": "2+2"}, {"role": "assistant", "content": "<think>\nIt"}]}
        """#)
    let prompt = try newWriter(golden.model("opens")).prompt(row)
    #expect(prompt.prefix == "<think>\nIt")
    let sample = PromptRow(id: 0, row: row, prompt: prompt).rewardSample(
      completion: " is</think>\n<answer>4</answer>", finished: true)
    #expect(FormatReward(.none).score(sample).score == 1)
  }

  @Test("what the template opens is part of the reply, for a conversation and for the same text")
  func opened() throws {
    let model = try golden.model("opens")
    let chat = Row(id: 1, prompt: .messages([Message(role: "user", content: "2+2")]), gold: "4")
    let text = "<|im_start|>user\n2+2<|im_end|>\n<|im_start|>assistant\n<think>\n"
    let plain = Row(id: 1, prompt: .text(text), gold: "4")
    let rows = try [chat, plain].map {
      PromptRow(id: 0, row: $0, prompt: try newWriter(model).prompt($0))
    }
    for row in rows {
      #expect(row.text == text && row.prefix == "<think>\n")
      let good = row.rewardSample(completion: "so\n</think>\n<answer>4</answer>", finished: true)
      #expect(FormatReward(.none).score(good).score == 1)
      #expect(AccuracyReward().score(good).score == 1)
      let cut = row.rewardSample(completion: "maybe \\boxed{4} or not", finished: false)
      #expect(AccuracyReward().score(cut).score == 0, "thoughts that stay open hold no answer")
    }
    // A dataset holds the reply as a whole, so that it means the same under any template.
    #expect(rows[0].whole("so</think>4") == "<think>\nso</think>4")
    #expect(rows[1].whole("so</think>4") == "so</think>4")
    var kept = chat
    kept.completion = rows[0].whole("so\n</think>\n4")
    let written = try newWriter(model).written(kept, reply: kept.completion ?? "", message: nil)
    #expect(written.reply == "so\n</think>\n4" && written.prompt.text == text)
  }

  @Test("a reply that goes on from the opened thoughts follows them; one without an end is told of")
  func continuation() throws {
    let writer = try newWriter(golden.model("opens"))
    let prompt = Prompt.messages([Message(role: "user", content: "2+2")])
    let row = Row(id: 3, prompt: prompt, completion: "so\n</think>\n4")
    #expect(
      try writer.written(row, reply: "so\n</think>\n4", message: nil).reply == "so\n</think>\n4")
    var told: [String] = []
    writer.tell { told.append($0) }
    #expect(told.isEmpty)
    #expect(try writer.written(row, reply: "four", message: nil).reply == "four")
    writer.tell { told.append($0) }
    #expect(
      told.count == 1 && told[0].hasPrefix("dataset 'talk': 1 rows have replies without </think>"))
  }

  @Test("what would be lost is an error with its row, or told once")
  func lost() throws {
    func message(_ template: String, _ reply: String, prompt: String = "x") throws -> String? {
      let row = try Row(
        line: """
          {"id": 4, "prompt": [{"role": "user", "content": "\(prompt)"}], \
          "completion": [{"role": "assistant", \(reply)}]}
          """)
      let model = try golden.model(template)
      do {
        _ = try newWriter(model).tokens(row)
        return nil
      } catch let error as TrainingError {
        return error.message
      }
    }
    let silent = try message(
      "chatml", #""content": "", "tool_calls": [{"function": {"name": "f"}}]"#)
    #expect(silent?.hasPrefix("dataset 'talk': row 4: the last message has no content") == true)
    #expect(silent?.contains("does not read its 'tool_calls'") == true)
    #expect(
      try message("chatml", #""content": """#)?.hasSuffix("would be trained on; leave the row out")
        == true)
    let thoughts = try message("chatml", #""content": "4", "reasoning_content": "two and two""#)
    #expect(thoughts?.contains("does not write the last message's 'reasoning_content'") == true)
    #expect(try message("chatml", #""content": "4", "weight": 0"#)?.contains("'weight'") == true)
    #expect(try message("chatml", #""content": "4", "weight": 1"#) == nil)
    let refusing = "{{ raise_exception('No system role') }}"
    let refused = try message(refusing, #""content": "4""#)
    #expect(refused?.hasPrefix("dataset 'talk': row 4: ") == true)
    #expect(refused?.contains("it refuses the conversation: No system role") == true)
    let writer = try newWriter(golden.model("chatml"))
    for id in 1...3 {
      _ = try writer.tokens(
        Row(
          line: """
            {"id": \(id), "prompt": [{"role": "user", "content": "x", "name": "Mara"}], \
            "completion": [{"role": "assistant", "content": "4"}], "fields": {"tools": [{"type": "function"}]}}
            """))
    }
    var told: [String] = []
    writer.tell { told.append($0) }
    #expect(
      told == [
        "dataset 'talk': 3 rows have 'tools', which the model's chat template does not read",
        "dataset 'talk': 3 rows have messages with 'name', which the model's chat template does not "
          + "read",
      ])
  }

  @Test("a last message without content is an error, whatever its template writes around it")
  func silent() throws {
    func refusal(_ template: String, _ reply: String) throws -> String? {
      let row = try Row(
        line: """
          {"id": 4, "prompt": [{"role": "user", "content": "x"}], \
          "completion": [{"role": "assistant", \(reply)}]}
          """)
      do {
        _ = try newWriter(golden.model(template)).tokens(row)
        return nil
      } catch let error as TrainingError {
        return error.message
      }
    }
    for template in ["blocks", "chatml", "opens"] {
      for reply in [
        #""content": null"#, #""content": """#, #""content": " \n""#,
        #""content": "", "reasoning_content": " ""#, #""content": "", "tool_calls": []"#,
        #""content": "<think>\n\n</think>\n\n""#,
      ] {
        #expect(
          try refusal(template, reply)?.contains("the last message has no content") == true,
          "\(template) \(reply)")
      }
    }
    #expect(try refusal("blocks", #""content": "", "reasoning_content": "well""#) == nil)
    #expect(try refusal("blocks", #""content": "4""#) == nil)
    let calling =
      "{% for m in messages %}[{{ m.role }}]{{ m.content }}{% if m.tool_calls %}"
      + "{{ m.tool_calls|tojson }}{% endif %}<|im_end|>{% endfor %}"
      + "{% if add_generation_prompt %}[assistant]{% endif %}"
    let call = #""content": "", "tool_calls": [{"function": {"name": "f", "arguments": {}}}]"#
    #expect(try refusal(calling, call) == nil)
  }

  @Test("rows that teach little are counted: empty completions; an empty list of calls is no call")
  func counted() throws {
    let writer = try newWriter(golden.model("chatml"))
    for id in 1...2 {
      let tokens = try writer.tokens(Row(id: id, prompt: .text("x"), completion: ""))
      #expect(tokens.completion.count == 1)
    }
    _ = try writer.tokens(
      Row(
        line: #"""
          {"id": 3, "prompt": [{"role": "user", "content": "x"}], \#
          "completion": [{"role": "assistant", "content": "4", "tool_calls": []}]}
          """#))
    var told: [String] = []
    writer.tell { told.append($0) }
    #expect(
      told == [
        "dataset 'talk': 2 rows have an empty completion: only their end token is trained on"
      ])
  }

  @Test("a row without a completion says which of its columns may become one")
  func withoutCompletion() throws {
    func message(_ row: Row) throws -> String? {
      let model = try golden.model("chatml")
      return #expect(throws: TrainingError.self) { try newWriter(model).tokens(row) }?.message
    }
    var row = Row(id: 1, prompt: .text("x"), fields: ["response": "y"])
    #expect(
      try message(row)
        == "dataset 'talk': row 1 has no completion to train on; set "
        + "fields: { completion: response } in the dataset's entry to use its 'response' as the "
        + "completion")
    row.fields = [:]
    row.solution = "Proof."
    #expect(try message(row)?.contains(#"completion_template: "{solution}""#) == true)
  }

  @Test("a file's row is named by its line")
  func place() {
    let file = StageInput(name: "talk", content: .source(["file": .string("a.jsonl")]), seed: 1)
    let row = Row(id: 7, prompt: .text(""))
    #expect(RowSource(file).place(row) == "dataset 'talk': row 7 (a.jsonl:7)")
  }

  @Test("pairs of the same reply are counted; a label that is none is named")
  func samePairs() throws {
    let model = try golden.model("chatml")
    func input(_ rows: [Row]) -> StageInput {
      StageInput(
        name: "pairs", content: .artifact([rowsFile: FileContent(RowCoding.encode(rows))]),
        seed: 1)
    }
    let prompt = Prompt.messages([Message(role: "user", content: "x")])
    let pairs = ["same", "other"].map {
      Row(id: $0.count, prompt: prompt, completion: "same", rejected: $0)
    }
    var told: [String] = []
    _ = try RewardData(
      [input(pairs)], RewardModel.Config(values: [:]), model: model, balancing: false, seed: 1
    ) { told.append($0) }
    #expect(
      told.contains(
        "dataset 'pairs': 1 rows have equal chosen and rejected replies: no score can separate "
          + "them"))
    let labelled = Row(id: 1, prompt: prompt, completion: "a", fields: ["label": "easy"])
    let error = #expect(throws: TrainingError.self) {
      try RewardData(
        [input([labelled])], RewardModel.Config(values: ["loss_type": .string("pointwise")]),
        model: model, balancing: false, seed: 1, log: { _ in })
    }
    #expect(error?.message.contains("has the label 'easy', not true or false") == true)
  }

  @Test("pairs that differ in their thoughts differ")
  func pairs() throws {
    let model = try golden.model("blocks")
    let row = try Row(
      line: """
        {"id": 1, "prompt": [{"role": "user", "content": "x"}], \
        "chosen": [{"role": "assistant", "reasoning_content": "that is four", "content": "4"}], \
        "rejected": [{"role": "assistant", "reasoning_content": "no idea", "content": "4"}]}
        """)
    let input = StageInput(
      name: "pairs",
      content: .artifact([rowsFile: FileContent(RowCoding.encode([row]))]), seed: 1)
    let data = try RewardData(
      [input], RewardModel.Config(values: [:]), model: model, balancing: false, seed: 1,
      log: { _ in })
    let replies = data.kept[0].replies.map { model.tokenizer.decode($0) }
    #expect(
      replies == [
        "<think>\nthat is four\n</think>\n\n4<|im_end|>",
        "<think>\nno idea\n</think>\n\n4<|im_end|>",
      ])
  }
}
