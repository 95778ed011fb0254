public import Host
import JSON

/// How `format: auto` reads a file, by the keys of its first row that can be read.
public struct FileShape: Sendable, Hashable {
  public var format: DatasetFormat
  /// The file's keys by what they hold, where the recipe maps none.
  public var fields: [String: String] = [:]
  /// The key of a text that gives the gold answer, bare or at the end of a worked solution.
  public var finalAnswer: String?

  init(_ format: DatasetFormat, fields: [String: String] = [:], finalAnswer: String? = nil) {
    self.format = format
    self.fields = fields
    self.finalAnswer = finalAnswer
  }

  /// The shape of a file; `prompt_completion` when no row can be read.
  ///
  /// - Parameter fields: what the recipe maps; it overrides what the keys suggest.
  /// - Throws: `DatasetError` for a file that cannot be read, or whose rows fit no format, with the
  ///   keys seen, those that each format needs, and what to write.
  public static func detect(
    path: String, fields: [String: String], in files: any FileAccess
  ) throws -> FileShape {
    var found: FileShape?
    try JSONLines(path, in: files).read { line, value in
      guard case .success(.object(let object)) = value else { return }
      let row = FirstRow(object: object, fields: fields)
      do {
        found = try row.shape
      } catch let error as DatasetError {
        throw DatasetError(path: path, line: line, error.message)
      }
      throw JSONLines.Enough()
    }
    return found ?? FileShape(.promptCompletion)
  }
}

/// The row that decides.
private struct FirstRow {
  let object: JSONObject
  let fields: [String: String]

  var shape: FileShape {
    get throws {
      let known = Self.known.first { $0.keys.allSatisfy(has) }?.format
      switch known ?? mappedFormat {
      case .promptCompletion?: return try promptShape
      case .conversational?: return FileShape(.conversational, finalAnswer: answeredBy)
      case let format?: return FileShape(format)
      case nil: return try otherShape
      }
    }
  }

  private static let known: [(keys: [String], format: DatasetFormat)] = [
    (["chosen", "rejected"], .preference), (["prompt"], .promptCompletion),
    (["messages"], .conversational), (["question", "choices", "answer"], .multipleChoice),
    (["problem", "answer"], .math), (["question", "answer"], .gsm8k),
    (["input", "target"], .mawps), (["text"], .text),
  ]

  private func has(_ key: String) -> Bool { object[key] != nil }

  /// Whether a key has a value other than null.
  private func holds(_ key: String) -> Bool { object[key].map { $0 != .null } ?? false }

  /// The format that the recipe's map of keys speaks of.
  private var mappedFormat: DatasetFormat? {
    let own: [(name: String, format: DatasetFormat)] = [
      ("chosen", .preference), ("messages", .conversational), ("choices", .multipleChoice),
      ("text", .text), ("prompt", .promptCompletion),
    ]
    return own.first { fields[$0.name] != nil }?.format
  }

  /// Rows with a prompt: their gold answer may stand where TRL and verl have it.
  private var promptShape: FileShape {
    get throws {
      if case .array? = object["completions"], case .array? = object["labels"] {
        throw DatasetError(
          "these are steps with one label each (stepwise supervision: 'completions' and 'labels'), "
            + "which no stage can train on; for a reward model give 'completion' and one 'label', "
            + "or 'chosen' and 'rejected'")
      }
      let isAnswered = ["answer", "gold", "completion"].contains { name in
        holds(name) || fields[name] != nil
      }
      guard !isAnswered, fields["solution"] == nil else { return FileShape(.promptCompletion) }
      let record = Record(object)
      let key = ["solution", "reward_model.ground_truth"].first { key in
        switch record[key] {
        case .string(let text)?: !text.isEmpty
        case .number?: true
        default: false
        }
      }
      return FileShape(.promptCompletion, finalAnswer: key)
    }
  }

  /// Where a conversation's row has its gold answer, as in NuminaMath and OpenR1-Math: a stage that
  /// trains needs the conversation, one that grades also the answer.
  private var answeredBy: String? {
    guard has("problem"), fields["answer"] == nil else { return nil }
    return ["answer", "solution"].first { key in
      switch object[key] {
      case .string(let text)?: !text.isEmpty
      case .number?: key == "answer"
      default: false
      }
    }
  }

  private var otherShape: FileShape {
    get throws {
      if case .array? = object["conversations"] { return FileShape(.sharegpt) }
      if has("instruction"), has("output") { return FileShape(.alpaca) }
      if has("query"), has("response") {
        return FileShape(
          .promptCompletion, fields: ["prompt": "query", "completion": "response"])
      }
      if has("problem"), case .string? = object["solution"] { return FileShape(.math) }
      throw DatasetError(explanation)
    }
  }

  /// What was seen, what each format needs, and what to write.
  private var explanation: String {
    let formats = DatasetFormat.allCases.map { "\($0.rawValue) (\($0.needs))" }
    let texts = object.keys.filter { key in
      if case .string? = object[key] { true } else { false }
    }
    func guess(_ names: [String]) -> String? { names.first(where: texts.contains) }
    let prompt = guess(["question", "instruction", "query", "input", "problem", "user", "title"])
    let reply = guess([
      "completion", "response", "output", "reply", "answer", "target", "assistant",
    ])
    return
      "format: auto does not know rows with the keys \(Record(object).keyList). The formats and "
      + "their required keys: \(formats.joined(separator: ", ")). Name the file's own keys in the "
      + "dataset's entry, such as fields: { prompt: \(prompt ?? "KEY"), completion: \(reply ?? "KEY") }, "
      + "with answer: instead of completion: for a gold answer"
  }
}

extension DatasetFormat {
  /// The keys without which no row of the format can be read.
  var needs: String {
    switch self {
    case .promptCompletion: "prompt"
    case .preference: "chosen, rejected"
    case .conversational: "messages"
    case .sharegpt: "conversations"
    case .alpaca: "instruction, output"
    case .gsm8k: "question, answer with ####"
    case .mawps: "input, target"
    case .math: "problem, and answer or solution"
    case .multipleChoice: "question, choices, answer"
    case .text: "text"
    }
  }
}
