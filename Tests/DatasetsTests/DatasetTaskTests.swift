import JSON
import Settings
import Tasks
import Testing
import Trace

@testable import Datasets

@Suite("Datasets from tasks")
struct DatasetTaskTests {
  private func load(
    _ task: String, seed: UInt64 = 1, _ change: (inout DatasetOptions) -> Void = { _ in }
  ) throws -> [Row] {
    var options = DatasetOptions()
    options.task = task
    options.size = 50
    change(&options)
    return try Dataset.load(options, seed: seed).rows
  }

  @Test("rows carry problem, solution, gold answer and verifier, the same every time")
  func rows() throws {
    for task in TaskCatalog.all.map({ $0.name }) {
      let rows = try load(task)
      #expect(rows.count == 50 && rows.map(\.id) == Array(0..<50))
      #expect(rows == (try load(task)))
      #expect(rows.allSatisfy { $0.gold != nil && $0.verifier != nil && $0.split == "train" })
      #expect(rows.map(\.prompt) != (try load(task, seed: 2)).map(\.prompt))
      let longer = try load(task) { $0.size = 70 }
      #expect(Array(longer.prefix(50)) == rows)
    }
  }

  @Test("test rows differ from each other and from train rows")
  func splits() throws {
    for task in TaskCatalog.all.map({ $0.name }) {
      let test = try load(task) {
        $0.split = .test
        $0.size = 100
      }.map(\.prompt)
      #expect(Set(test).count == 100)
      let train = try load(task, seed: 9) { $0.size = 1000 }.map(\.prompt)
      #expect(Set(test).isDisjoint(with: train))
    }
  }

  @Test("a task that runs out of test problems says so")
  func exhausted() throws {
    do {
      _ = try load("arithmetic") {
        $0.parameters = ["max_operands": 2, "max_value": 5, "operators": 1]
        $0.split = .test
      }
      Issue.record("25 problems cannot give 50 different ones")
    } catch {
      #expect("\(error)".contains("task 'arithmetic' has hardly more than"))
    }
  }

  @Test("offset and limit take a window of the rows")
  func window() throws {
    let rows = try load("arithmetic") {
      $0.offset = 10
      $0.limit = 5
    }
    #expect(rows == Array(try load("arithmetic")[10..<15]))
  }

  @Test("rows of the train side are the same one by one, in any order")
  func oneByOne() throws {
    for task in TaskCatalog.all.map({ $0.name }) {
      var options = DatasetOptions()
      options.task = task
      options.size = 60
      options.offset = 7
      options.limit = 40
      options.promptTemplate = "Q: {prompt}"
      let all = try Dataset.load(options, seed: 5).rows
      let rows = try #require(try TaskRows(options, seed: 5))
      #expect(rows.count == 40)
      for index in [39, 0, 17, 17, 3] { #expect(try rows.row(index) == all[index]) }
      options.size = 1_000_000_000
      options.limit = nil
      let many = try #require(try TaskRows(options, seed: 5))
      #expect(many.count == 1_000_000_000 - 7)
      #expect(try many.row(39) == all[39] && many.row(many.count - 1).id == 999_999_999)
      options.split = .test
      #expect(try TaskRows(options, seed: 5) == nil)
    }
  }

  @Test("a window behind the last row of a task is told")
  func emptyWindow() {
    #expect(throws: DatasetError.self) {
      try load("arithmetic") { $0.offset = 50 }
    }
  }

  @Test("a completion template makes cold-start rows that both rewards accept")
  func coldStart() throws {
    for task in TaskCatalog.all.map({ $0.name }) {
      let rows = try load(task) {
        $0.completionTemplate = "<think>{solution}</think>\n<answer>{final}</answer>"
      }
      for row in rows {
        let sample = RewardSample(
          completion: row.completion ?? "", gold: row.gold, verifier: row.verifier)
        for reward in ["accuracy", "format", "tag_count"].compactMap(RewardCatalog.named) {
          #expect(reward.score(sample) == .score(1))
        }
      }
    }
  }

  @Test("a prompt that opens the thoughts gives the prefix of the turn")
  func prefix() throws {
    let open = try load("arithmetic") { $0.promptTemplate = "{prompt} <think>\n" }
    #expect(open.allSatisfy { $0.prefix == "<think>\n" })
    #expect(try load("arithmetic").allSatisfy { $0.prefix.isEmpty })
    #expect(Row(id: 0, prompt: .text("<think>")).prefix == "<think>")
    #expect(Row(id: 0, prompt: .text("<think> a")).prefix.isEmpty)
  }
}

@Suite("Templates")
struct TemplateTests {
  private func row(_ change: (inout DatasetOptions) -> Void) throws -> Row {
    let file = try TemporaryFile(
      #"{"prompt": "What is 1+1?", "solution": "1+1={final}", "answer": "2", "completion": "two"}"#)
    var options = DatasetOptions()
    options.file = file.path
    change(&options)
    let rows = try Dataset.load(options, seed: 1).rows
    return try #require(rows.first)
  }

  private func message(_ change: (inout DatasetOptions) -> Void) -> String {
    var options = DatasetOptions()
    options.task = "arithmetic"
    change(&options)
    return options.problems.map { "\($0.field): \($0.message)" }.joined(separator: "\n")
  }

  @Test("the R1-Zero prompt is the paper's text with the question put in")
  func r1Zero() throws {
    let expected =
      "A conversation between User and Assistant. The user asks a question, and the Assistant "
      + "solves it. The assistant first thinks about the reasoning process in the mind and then "
      + "provides the user with the answer. The reasoning process and answer are enclosed within "
      + "<think>...</think> and <answer>...</answer> tags, respectively, i.e., <think> reasoning "
      + "process here </think> <answer> answer here </answer>. User: What is 1+1?. Assistant:"
    #expect(try row { $0.promptTemplate = "r1_zero" }.prompt == .text(expected))
  }

  @Test("own prompt templates, and the built-in one for boxed answers")
  func prompts() throws {
    #expect(
      try row { $0.promptTemplate = "Q: {question}\nA:" }.prompt == .text("Q: What is 1+1?\nA:"))
    #expect(
      try row { $0.promptTemplate = "boxed" }.prompt
        == .text(
          "What is 1+1?\nPlease reason step by step, and put your final answer within \\boxed{}."))
  }

  @Test("a system prompt or chat makes messages; a conversation's own system prompt is replaced")
  func chat() throws {
    let user = Message(role: "user", content: "What is 1+1?")
    #expect(try row { $0.chat = true }.prompt == .messages([user]))
    #expect(
      try row { $0.systemPrompt = "Be brief." }.prompt
        == .messages([Message(role: "system", content: "Be brief."), user]))
    let file = try TemporaryFile(
      #"{"messages": [{"role": "system", "content": "old"}, {"role": "user", "content": "u"}]}"#)
    var options = DatasetOptions()
    options.file = file.path
    options.format = .conversational
    options.systemPrompt = "new"
    options.promptTemplate = "<{prompt}>"
    #expect(
      try Dataset.load(options, seed: 1).rows.first?.prompt
        == .messages([
          Message(role: "system", content: "new"), Message(role: "user", content: "<u>"),
        ]))
  }

  @Test(
    "completion templates fill in what the row has, values are not searched",
    arguments: [
      (
        "<think>{solution}</think>\n<answer>{final}</answer>",
        "<think>1+1={final}</think>\n<answer>2</answer>"
      ),
      ("\\boxed{{answer}}", "\\boxed{2}"), ("{completion}{}{ final }{{", "two{}{ final }{{"),
      ("{question} {prompt}", "What is 1+1? What is 1+1?"),
    ])
  func completions(template: String, expected: String) throws {
    #expect(try row { $0.completionTemplate = template }.completion == expected)
  }

  @Test("a row without what a template needs is a bad line")
  func missingValue() throws {
    let file = try TemporaryFile(#"{"input": "a", "target": 1}"#)
    var options = DatasetOptions()
    options.file = file.path
    options.format = .mawps
    options.completionTemplate = "{solution}"
    #expect(
      throws: DatasetError(
        path: file.path, line: 1, "the row has no 'solution', which completion_template needs")
    ) { try Dataset.load(options, seed: 1) }
  }

  @Test("mistakes in an entry are told with the nearest name")
  func mistakes() {
    #expect(
      message { $0.promptTemplate = "{promt}" }
        == "prompt_template: unknown placeholder '{promt}'; did you mean 'prompt'?")
    #expect(
      message { $0.completionTemplate = "{soluton}" }
        == "completion_template: unknown placeholder '{soluton}'; did you mean 'solution'?")
    #expect(
      message { $0.promptTemplate = "r1zero" }
        == "prompt_template: 'r1zero' has no {prompt} and is not a built-in template; did you mean "
        + "'r1_zero'?")
    #expect(
      message { $0.completionTemplate = "42" }
        == "completion_template: the template has no placeholder such as {solution}")
    #expect(
      message { $0.task = "aritmetic" }
        == "task: unknown task 'aritmetic'; did you mean 'arithmetic'?")
    #expect(
      message { $0.parameters = ["max_valu": 3] }
        == "parameters: task 'arithmetic' has no parameter 'max_valu'; did you mean 'max_value'?")
    #expect(
      message { $0.parameters = ["max_value": 0] }
        == "parameters: 'max_value' is 0; it must be from 1 to 1000000")
    #expect(
      message { $0.verifier = "boxd" }
        == "verifier: unknown verifier 'boxd'; did you mean 'boxed'?")
    #expect(
      message { $0.task = nil }
        == "task: needs 'task' or 'file', which say where rows come from")
    #expect(message { $0.file = "x" } == "file: 'task' and 'file' exclude each other")
    #expect(message { $0.split = .all } == "split: a task has a train and a test side; choose one")
    #expect(message { $0.fields = ["prompt": "q"] } == "fields: only a file has fields")
    #expect(
      message {
        $0.task = nil
        $0.file = "x"
        $0.fields = ["promt": "q"]
      } == "fields: format 'prompt_completion' has no field 'promt'; did you mean 'prompt'?")
    #expect(
      message {
        $0.size = 0
        $0.testFraction = 1
        $0.offset = -1
        $0.limit = 0
      }
        == "size: it must be at least 1\ntest_fraction: it must be between 0 and 1\noffset: it must "
        + "not be negative\nlimit: it must be at least 1")
    #expect(message { _ in } == "")
  }
}
