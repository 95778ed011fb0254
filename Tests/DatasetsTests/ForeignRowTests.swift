import Foundation
import Host
import JSON
import Testing

@testable import Datasets

@Suite("Rows as other programs have them")
struct ForeignRowTests {
  @Test("TRL's solution is the gold answer, with the verifier that its writing calls for")
  func solutions() throws {
    let cases: [(String, gold: String, verifier: String, isWorked: Bool)] = [
      ("42", "42", "numeric", false), ("1/3", "1/3", "numeric", false),
      (#"\\frac{1}{3}"#, #"\frac{1}{3}"#, "boxed", false), ("$42$", "42", "numeric", false),
      (#"\\boxed{x+1}"#, "x+1", "boxed", false), ("B", "B", "boxed", false),
      (#"First \\boxed{5}, then \\boxed{6}. See $7$."#, "6", "numeric", true),
      ("The answer is $x = 3$.", "x = 3", "boxed", true),
      (#"2 + 2 = 4\n#### 4"#, "4", "numeric", true),
    ]
    for (solution, gold, verifier, isWorked) in cases {
      let file = try TemporaryFile(#"{"prompt": "p", "solution": "\#(solution)"}"#)
      let row = try #require(try auto(file).first)
      #expect(row.gold == gold && row.answer == gold, "\(solution)")
      #expect(row.verifier == verifier && (row.solution != nil) == isWorked, "\(solution)")
      // Programs written for TRL read it.
      #expect(row.fields["solution"] != nil)
    }
  }

  @Test("beside an answer a solution is a worked one, and a file's own verifier holds")
  func worked() throws {
    let row = try #require(
      try auto(
        try TemporaryFile(#"{"prompt": "p", "solution": "2+2", "answer": "4"}"#)
      ).first)
    #expect(row.gold == "4" && row.solution == "2+2" && row.fields.isEmpty)
    let own = try auto(
      try TemporaryFile(#"{"prompt": "p", "solution": "4", "verifier": "choice"}"#))
    #expect(own.first?.verifier == "choice")
  }

  @Test("verl's ground truth, by its path")
  func verl() throws {
    let line =
      #"{"data_source": "gsm8k", "prompt": [{"role": "user", "content": "q"}], "ability": "math", "#
      + #""reward_model": {"style": "rule", "ground_truth": "72"}, "extra_info": {"split": "train"}}"#
    let row = try #require(try auto(try TemporaryFile(line)).first)
    #expect(row.gold == "72" && row.verifier == "numeric" && row.texts["ability"] == "math")
    let mapped = try auto(
      try TemporaryFile(line), fields: ["answer": "reward_model.ground_truth"])
    #expect(mapped.first?.gold == "72")
  }

  @Test("NuminaMath's answer is in the last box of its solution")
  func numina() throws {
    let file = try TemporaryFile(
      #"{"source": "s", "problem": "p", "solution": "so $\\boxed{\\frac12}$ it is"}"#,
      #"{"source": "s", "problem": "p", "solution": null}"#)
    #expect(message(file).hasPrefix("F:2: there is neither 'answer' nor 'solution' (keys of"))
    let row = try #require(try auto(file) { $0.limit = 1 }.first)
    #expect(row.gold == #"\frac12"# && row.verifier == "boxed")
    #expect(row.solution == #"so $\boxed{\frac12}$ it is"#)
  }

  @Test("prose is no gold answer, wherever it stands in the file")
  func prose() throws {
    let proof = "Therefore the claim holds for every prime. Done."
    let lines = [
      (#"so $\\boxed{6}$"#, "6", "boxed"), (proof, nil, nil), ("Proof. Done.", nil, nil),
      ("42", "42", "numeric"), (#"Let $n=2k$. Then $n^2$ is even."#, nil, nil),
      (#"so \n#### 7"#, "7", "numeric"),
    ]
    for key in ["prompt", "problem"] {
      for rows in [lines, Array(lines.reversed())] {
        let text = rows.map { #"{"\#(key)": "p", "solution": "\#($0.0)"}"# + "\n" }.joined()
        let file = try TemporaryFile(text.utf8)
        let read = try auto(file)
        #expect(read.map(\.gold) == rows.map(\.1), "\(key)")
        for (row, line) in zip(read, rows) where line.1 == nil {
          #expect(row.verifier == nil && row.solution != nil && row.answer == nil)
        }
        if key == "problem" { #expect(read.map(\.verifier) == rows.map(\.2)) }
        let taken = try auto(file, fields: ["answer": "solution"])
        #expect(taken.contains { $0.gold == proof }, "the recipe says that it is the answer")
        var options = DatasetOptions()
        let shape = try FileShape.detect(path: file.path, fields: [:])
        (options.file, options.format, options.finalAnswer) = (
          file.path, shape.format, shape.finalAnswer
        )
        #expect(options.statesAnswers(in: LocalFiles()))
      }
    }
    let boxed = try TemporaryFile(#"{"problem": "p", "solution": "\\boxed{1}"}"#)
    var options = DatasetOptions()
    (options.file, options.format) = (boxed.path, .math)
    #expect(!options.statesAnswers(in: LocalFiles()))
  }

  @Test("Alpaca's system message and history, as LLaMA-Factory has them, make a conversation")
  func alpacaHistory() throws {
    let row = #"{"instruction": "Add", "input": "1 2", "output": "3""#
    let rows = try auto(
      try TemporaryFile(
        row + #", "system": "s", "history": [["a", "b"], ["c", "d"]]}"#,
        row + #", "system": "", "history": []}"#, row + #", "system": null, "history": null}"#,
        row + "}"))
    let added = "Add\n\n### Input:\n1 2"
    let turns = [
      ("system", "s"), ("user", "a"), ("assistant", "b"), ("user", "c"), ("assistant", "d"),
      ("user", added),
    ]
    #expect(rows[0].prompt == .messages(turns.map { Message(role: $0.0, content: $0.1) }))
    #expect(rows.dropFirst().allSatisfy { $0.prompt == .text(added) && $0.completion == "3" })
    #expect(
      message(try TemporaryFile(row + #", "history": [["a"]]}"#))
        == "F:1: 'history[0]' is not a pair of texts, the user's and the assistant's")
    #expect(
      message(try TemporaryFile(row + #", "history": "a"}"#))
        == "F:1: 'history' is a string, not a list of pairs")
    #expect(
      message(try TemporaryFile(row + #", "system": 1}"#))
        == "F:1: 'system' is a number, not a string")
  }

  @Test("keys of messages that hold null are not there; tools may be text, or empty")
  func nulls() throws {
    let file = try TemporaryFile(
      #"{"messages": [{"role": "system", "content": null}, {"role": "user", "content": "q", "name": null}, {"role": "assistant", "content": "a", "tool_calls": null}]}"#
    )
    let row = try #require(try auto(file).first)
    #expect(
      row.prompt
        == .messages([Message(role: "system", members: [:]), Message(role: "user", content: "q")]))
    #expect(row.completion == "a" && row.reply == nil)
    let turns =
      #"{"conversations": [{"from": "human", "value": "hi"}, {"from": "gpt", "value": "ho"}]"#
    for (tools, count) in [("", 0), (" ", 0), ("[]", 0), (#"[{\"name\": \"f\"}]"#, 1)] {
      let row = try #require(
        try auto(try TemporaryFile(turns + #", "tools": "\#(tools)"}"#)).first)
      #expect(try row.templateVariables().count == count, "\(tools)")
    }
    #expect(
      message(try TemporaryFile(turns + #", "tools": "f"}"#))
        == "F:1: 'tools' is a string, not a list, nor the JSON text of one")
  }

  @Test("a role that nobody knows is named")
  func unknownRole() throws {
    let file = try TemporaryFile(
      #"{"messages": [{"role": "usr", "content": "q"}, {"role": "assistant", "content": "a"}]}"#)
    #expect(
      message(file)
        == "F:1: 'messages' has no message of the user before the answer; 'messages[0].role' is 'usr'; "
        + "did you mean 'user'?")
  }

  @Test("a conversation beside a problem has the problem's answer, too")
  func numinaMessages() throws {
    let messages =
      #""messages": [{"role": "user", "content": "p"}, {"role": "assistant", "content": "so"}]"#
    let rows = try auto(
      try TemporaryFile(
        #"{"problem": "p", "solution": "so $\\boxed{\\frac12}$ it is", "# + messages + "}",
        #"{"problem": "p", "solution": "a proof", "# + messages + "}",
        #"{"problem": "p", "solution": "\\boxed{7}", "verifier": "choice", "# + messages + "}"))
    for row in rows {
      #expect(row.prompt == .messages([Message(role: "user", content: "p")]))
      #expect(row.completion == "so" && row.fields["solution"] != nil)
    }
    #expect(rows.map(\.gold) == [#"\frac12"#, nil, "7"])
    #expect(rows.map(\.verifier) == ["boxed", nil, "choice"])
    let answered = try auto(
      try TemporaryFile(
        #"{"problem": "p", "answer": "\\frac12", "# + messages + "}",
        #"{"problem": "p", "answer": 72, "# + messages + "}"))
    #expect(answered.map(\.gold) == [#"\frac12"#, "72"])
    #expect(answered.map(\.verifier) == ["boxed", "numeric"])
  }

  @Test("Alpaca's input stands behind the instruction")
  func alpaca() throws {
    let rows = try auto(
      try TemporaryFile(
        #"{"instruction": "Add.", "input": "1, 2", "output": "3"}"#,
        #"{"instruction": "Sing.", "input": "", "output": "La"}"#,
        #"{"instruction": "Stop.", "output": "Yes"}"#))
    #expect(
      rows.map(\.prompt) == ["Add.\n\n### Input:\n1, 2", "Sing.", "Stop."].map(Prompt.text))
    #expect(rows.map(\.completion) == ["3", "La", "Yes"])
  }

  @Test("ShareGPT's speakers become roles")
  func shareGPT() throws {
    let rows = try auto(
      try TemporaryFile(
        #"{"conversations": [{"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}], "system": "s"}"#,
        #"{"conversations": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]}"#
      ))
    let user = Message(role: "user", content: "q")
    #expect(rows[0].prompt == .messages([Message(role: "system", content: "s"), user]))
    #expect(rows[1].prompt == .messages([user]) && rows.map(\.completion) == ["a", "a"])
    let other = try TemporaryFile(#"{"conversations": [{"from": "narrator", "value": "q"}]}"#)
    #expect(message(other).hasPrefix("F:1: 'conversations[0].from' is 'narrator', not one of"))
  }

  /// A conversation of ShareGPT whose last turn is another's.
  private func turns(_ last: String) throws -> TemporaryFile {
    try TemporaryFile(#"{"conversations": [{"from": "human", "value": "q"}, \#(last)]}"#)
  }

  @Test("ShareGPT's calls of functions become tool_calls, their results messages of the tool")
  func shareGPTCalls() throws {
    let call = #"{\"name\": \"add\", \"arguments\": {\"a\": 18446744073709551616}}"#
    let row = try #require(
      try auto(
        try TemporaryFile(
          #"{"conversations": [{"from": "human", "value": "q"}, {"from": "function_call", "value": "\#(call)"}, "#
            + #"{"from": "observation", "value": "5"}, {"from": "gpt", "value": "five"}], "#
            + #""tools": "[{\"name\": \"add\"}]"}"#)
      ).first)
    guard case .messages(let messages) = row.prompt else {
      Issue.record("no conversation")
      return
    }
    #expect(messages.map(\.role) == ["user", "assistant", "tool"])
    #expect(row.completion == "five" && messages[1].content == "" && messages[2].content == "5")
    let function: JSONValue = .object([
      "name": "add", "arguments": .object(["a": .number("18446744073709551616")]),
    ])
    let wanted = JSONValue.array([.object(["type": "function", "function": function])])
    #expect(messages[1].members["tool_calls"] == wanted)
    #expect(try row.templateVariables()["tools"] == .array([.object(["name": "add"])]))
    let last = try auto(
      try turns(
        #"{"from": "function_call", "value": "<think>\nwell\n</think>\n[\#(call), \#(call)]"}"#))
    #expect(last.first?.reply?.content == "<think>\nwell\n</think>")
    if case .array(let calls)? = last.first?.reply?.members["tool_calls"] {
      #expect(calls.count == 2)
    } else {
      Issue.record("no calls")
    }
  }

  @Test(
    "what no such format has is an error at its turn",
    arguments: [
      (#"{"from": "function", "value": "5"}"#, "'conversations[1].from' is 'function', which some"),
      (#"{"from": "GPT", "value": "5"}"#, "'conversations[1].from' is 'GPT', not one of"),
      (#"{"from": 1, "value": "5"}"#, "'conversations[1].from' is a number, not a speaker"),
      (
        #"{"from": "function_call", "value": "add(2, 3)"}"#,
        "'conversations[1].value' is not a call"
      ),
      (#"{"from": "function_call", "value": "[]"}"#, "'conversations[1].value' is not a call"),
      (
        #"{"from": "function_call", "value": "{\"name\": \"add\"}"}"#,
        "'conversations[1].value' is not a call: expected"
      ),
      (
        #"{"from": "function_call", "value": {"name": "add"}}"#,
        "'conversations[1].value' is an object, not a call as JSON text"
      ),
      (#"{"from": "gpt", "value": 5}"#, "'conversations[1].content' is a number"),
    ])
  func shareGPTMistakes(turn: String, words: String) throws {
    #expect(message(try turns(turn)).hasPrefix("F:1: " + words))
  }

  @Test(
    "keys of a message that hold another kind of value than templates read are errors",
    arguments: [
      (
        #""content": "a", "reasoning_content": ["x"]"#, "reasoning_content' is a list, not a string"
      ),
      (#""content": "a", "thinking": 4"#, "thinking' is a number, not a string"),
      (#""content": "a", "reasoning": {"text": "x"}"#, "reasoning' is an object, not a string"),
      (#""content": {"text": "a"}"#, "content' is an object, not a string or a list of texts"),
      (#""content": "a", "name": ["x"]"#, "name' is a list, not a string"),
      (#""content": "a", "tool_call_id": 7"#, "tool_call_id' is a number, not a string"),
      (#""content": "a", "tool_calls": "x""#, "tool_calls' is a string, not a list of calls"),
      (#""content": "a", "tool_calls": {"name": "f"}"#, "tool_calls' is an object, not a list"),
      (#""content": "a", "tool_calls": ["x"]"#, "tool_calls[0]' is a string, not a call"),
      (#""content": "a", "tool_calls": [{}]"#, "tool_calls[0].name' is missing, not a string"),
      (
        #""content": "a", "tool_calls": [{"function": "f"}]"#,
        "tool_calls[0].function' is a string, not an object"
      ),
      (
        #""content": "a", "tool_calls": [{"function": {"name": "f", "arguments": [1]}}]"#,
        "tool_calls[0].function.arguments' is a list, not an object or JSON text"
      ),
    ])
  func messageMistakes(members: String, words: String) throws {
    let file = try TemporaryFile(
      #"{"messages": [{"role": "user", "content": "q"}, {"role": "assistant", \#(members)}]}"#)
    #expect(message(file).hasPrefix("F:1: 'messages[1]." + words))
  }

  @Test("null is no value, and calls are taken in both forms")
  func messageKeys() throws {
    for members in [
      #""content": null, "reasoning_content": null, "name": null, "tool_calls": null"#,
      #""tool_calls": [{"function": {"name": "f", "arguments": "{}"}}], "content": null"#,
      #""content": "", "tool_calls": [{"name": "f", "arguments": {"a": 1}}]"#,
    ] {
      let file = try TemporaryFile(
        #"{"messages": [{"role": "user", "content": "q"}, {"role": "assistant", \#(members)}]}"#)
      #expect(try auto(file).count == 1)
    }
    let tools = try TemporaryFile(
      #"{"messages": [{"role": "user", "content": "q"}], "tools": ["f"]}"#)
    #expect(message(tools) == "F:1: 'tools[0]' is a string, not an object")
  }

  @Test("UltraFeedback's pairs are whole conversations beside their first question")
  func ultraFeedback() throws {
    let (user, good, bad) = (
      PreferenceDataTests.user, PreferenceDataTests.assistant("hello"),
      PreferenceDataTests.assistant("no")
    )
    let pair = #""chosen": [\#(user), \#(good)], "rejected": [\#(user), \#(bad)]}"#
    let rows = try auto(
      try TemporaryFile(
        #"{"prompt": "hi ", "prompt_id": "x", "messages": [\#(user)], "# + pair,
        #"{"prompt": [\#(user)], "# + pair))
    for row in rows {
      #expect(row.prompt == .messages([Message(role: "user", content: "hi")]))
      #expect(row.completion == "hello" && row.rejected == "no")
    }
    let other = try TemporaryFile(#"{"prompt": "bye", "# + pair)
    #expect(
      message(other)
        == "F:1: 'chosen' is a whole conversation, and 'prompt' is not part of it")
  }

  @Test("queries with responses, and KTO's labels")
  func replies() throws {
    let query = try auto(try TemporaryFile(#"{"query": "q", "response": "r"}"#))
    #expect(query.first?.prompt == .text("q") && query.first?.completion == "r")
    let labelled = try auto(
      try TemporaryFile(#"{"prompt": "q", "completion": "r", "label": false}"#))
    #expect(labelled.first?.label == false)
  }
}
