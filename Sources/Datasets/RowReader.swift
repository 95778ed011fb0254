import JSON
import Tasks

/// Reads rows of a file's format, with the keys that the recipe maps.
struct RowReader {
  let format: DatasetFormat
  private let keys: [String: String]
  /// The file's keys among them.
  private let mapped: Set<String>
  /// The file's keys for fields of a row that rewards and metrics look at.
  private let marks: [String: String]
  /// Texts that put columns together, by how the recipe writes them.
  private let joined: [String: JoinedColumns]
  /// The key of a text that gives the gold answer (`FileShape.finalAnswer`).
  private let finalAnswer: String?
  /// Whether the recipe says which key is the label.
  private let mapsLabel: Bool
  /// Whether the recipe itself says what the label of all rows is.
  private let hasLabel: Bool

  /// Fields of a row that a recipe may map in addition to those of the format.
  static let markNames = ["type", "language", "difficulty"]

  /// What `fields` may name for files of a format.
  static func names(of format: DatasetFormat) -> [String] {
    format.keys.map(\.name) + ["label"] + markNames
  }

  init(
    _ format: DatasetFormat, _ fields: [String: String], finalAnswer: String? = nil,
    hasLabel: Bool = false
  ) {
    self.format = format
    self.finalAnswer = finalAnswer
    mapsLabel = fields["label"] != nil
    self.hasLabel = hasLabel
    let own = Dictionary(uniqueKeysWithValues: format.keys.map { ($0.name, $0.key) })
    marks = fields.filter { Self.markNames.contains($0.key) }
    keys = own.merging(fields.filter { !Self.markNames.contains($0.key) }) { $1 }
    mapped = Set(keys.values)
    joined = Dictionary(uniqueKeysWithValues: Set(fields.values).map { ($0, JoinedColumns($0)) })
      .compactMapValues(\.self)
  }

  func key(_ name: String) -> String { keys[name] ?? name }

  /// The row that a line holds, before split and templates.
  func row(_ value: JSONValue, line: Int) throws -> Row {
    guard case .object(let object) = value else {
      throw DatasetError("the line is \(value.kind), not an object")
    }
    let record = try record(object)
    var row = Row(id: line, prompt: .text(""))
    switch format {
    case .promptCompletion: try readPromptCompletion(record, into: &row)
    case .preference: try readPreference(record, into: &row)
    case .conversational, .sharegpt: try readConversation(record, into: &row)
    case .alpaca: try readAlpaca(record, into: &row)
    case .gsm8k: try readGSM8K(record, into: &row)
    case .mawps:
      row.prompt = .text(try record.text(key("prompt")))
      row.answer = try record.scalar(key("answer"))
    case .math: try readMath(record, into: &row)
    case .multipleChoice: try readMultipleChoice(record, into: &row)
    case .text: row.completion = try record.text(key("text"))
    }
    try readFinalAnswer(record, into: &row)
    row.gold = row.gold ?? row.answer
    if row.gold != nil { row.verifier = row.verifier ?? "numeric" }
    if case .messages = row.prompt { _ = try record.templateVariables() }
    row.label = try label(record, of: row)
    var read = mapped
    if row.label != nil { read.insert(key("label")) }
    // Programs written for TRL look for it.
    if let finalAnswer, format == .promptCompletion { read.remove(finalAnswer) }
    row.fields = Record(object).others(than: read)
    // As `RowCoding` writes them.
    if case .object(let nested)? = row.fields["fields"] {
      row.fields["fields"] = nil
      row.fields.merge(nested.dictionary) { _, nested in nested }
    }
    for (name, key) in marks { row.fields[name] = try record.optionalScalarValue(key) }
    return row
  }

  /// The row by key, with the columns that the recipe puts together under the text that does it, and
  /// ShareGPT's turns as messages.
  private func record(_ object: JSONObject) throws -> Record {
    var values = object
    for (text, columns) in joined {
      values[text] = try columns.text(of: Record(object)).map(JSONValue.string)
    }
    if format == .sharegpt, let turns = values[key("messages")] {
      var system: String?
      if case .string(let text)? = values[key("system")] { system = text }
      values[key("messages")] = try ShareGPT.messages(
        turns, key: key("messages"), system: system)
    }
    return Record(values, remedy: "; `fields` of the dataset's entry maps other keys")
  }

  /// Whether the completion is a good one.
  ///
  /// - Throws: `DatasetError` for an invalid label: a mapped column, and, next to a completion, a
  ///   number or a word for true or false. Anything else is a field like others.
  private func label(_ record: Record, of row: Row) throws -> Bool? {
    let key = key("label")
    if let label = record.flag(key) { return label }
    let isBesideReply = format == .promptCompletion && row.completion != nil
    guard !hasLabel, let value = record[key], value != .null,
      mapsLabel || (isBesideReply && value.resemblesFlag)
    else { return nil }
    let shown = value.scalar.map { "\(value.kind), '\($0)'," } ?? "\(value.kind),"
    throw DatasetError(
      "'\(key)' is \(shown) not true or false (or 1 or 0); a column with another meaning needs "
        + "another name")
  }

  /// The gold answer where TRL, verl and NuminaMath have it.
  private func readFinalAnswer(_ record: Record, into row: inout Row) throws {
    guard let finalAnswer else { return }
    if format == .conversational { return readAnswer(record, at: finalAnswer, into: &row) }
    guard row.gold == nil, row.answer == nil,
      let text = try record.optionalScalar(finalAnswer)
    else { return }
    let stated = FinalAnswer(text)
    // What verl has there is an answer by its name, whatever it looks like.
    guard !stated.text.isEmpty, stated.isStated || finalAnswer != "solution" else { return }
    take(stated, of: text, into: &row)
  }

  private func take(_ stated: FinalAnswer, of text: String, into row: inout Row) {
    row.answer = stated.text
    row.solution = stated.isWorked ? text : nil
    row.verifier = row.verifier ?? stated.verifier
  }

  /// The answer next to a conversation: bare, or in the last box of the solution.
  private func readAnswer(_ record: Record, at key: String, into row: inout Row) {
    let boxed = record["solution"]?.scalar.flatMap(FinalAnswer.boxed)
    guard let answer = row.answer ?? (key == "solution" ? boxed : nil) else { return }
    row.answer = answer
    row.verifier = row.verifier ?? FinalAnswer(answer).verifier
  }

  private func readMath(_ record: Record, into row: inout Row) throws {
    row.prompt = .text(try record.text(key("prompt")))
    row.solution = try record.optionalScalar(key("solution"))
    row.answer = try record.optionalScalar(key("answer"))
    row.answer = row.answer ?? row.solution.flatMap(FinalAnswer.boxed)
    if row.answer != nil {
      row.verifier = "boxed"
    } else if let solution = row.solution {
      let stated = FinalAnswer(solution)
      if stated.isStated { take(stated, of: solution, into: &row) }
    } else {
      throw DatasetError(
        "there is neither '\(key("answer"))' nor '\(key("solution"))' "
          + "(keys of the line: \(record.keyList))")
    }
  }

  /// The input stands behind the instruction as in Alpaca's own prompt (Taori et al., 2023).
  ///
  /// With a system message, or turns before the instruction as LLaMA-Factory has them, the row is a
  /// conversation.
  private func readAlpaca(_ record: Record, into row: inout Row) throws {
    let instruction = try record.text(key("prompt"))
    let input = try record.optionalScalar(key("input")) ?? ""
    let text = input.isEmpty ? instruction : "\(instruction)\n\n### Input:\n\(input)"
    var before = try record.turns(key("history"))
    if let system = try record.optionalText(key("system")), !system.isEmpty {
      before.insert(Message(role: "system", content: system), at: 0)
    }
    row.prompt =
      before.isEmpty ? .text(text) : .messages(before + [Message(role: "user", content: text)])
    if let reply = try record.optionalReply(key("completion")) { row.setCompletion(reply) }
  }

  private func readPromptCompletion(_ record: Record, into row: inout Row) throws {
    row.prompt = try record.prompt(key("prompt"))
    if let reply = try record.optionalReply(key("completion")) { row.setCompletion(reply) }
    row.solution = try record.optionalScalar(key("solution"))
    row.answer = try record.optionalScalar(key("answer"))
    row.gold = try record.optionalScalar(key("gold"))
    row.verifier = try record.optionalScalar(key("verifier"))
  }

  /// A pair of replies; TRL's form without `prompt` has whole conversations, which differ in the
  /// last message, and so has UltraFeedback's with the first question as `prompt`.
  private func readPreference(_ record: Record, into row: inout Row) throws {
    if record.has(key("prompt")), !record.isConversation(key("chosen")) {
      row.prompt = try record.prompt(key("prompt"))
      row.setCompletion(try record.reply(key("chosen")))
      row.setRejected(try record.reply(key("rejected")))
    } else {
      try readConversations(record, into: &row)
    }
    row.answer = try record.optionalScalar(key("answer"))
    row.verifier = try record.optionalScalar(key("verifier"))
  }

  private func readConversations(_ record: Record, into row: inout Row) throws {
    let (chosenKey, rejectedKey) = (key("chosen"), key("rejected"))
    let chosen = try record.messages(chosenKey)
    let rejected = try record.messages(rejectedKey)
    guard let better = chosen.last, let worse = rejected.last, better.role == "assistant",
      worse.role == "assistant", chosen.dropLast() == rejected.dropLast(), chosen.count > 1
    else {
      let beginning = record.has(key("prompt")) ? "" : "without '\(key("prompt"))', "
      throw DatasetError(
        "\(beginning)'\(chosenKey)' and '\(rejectedKey)' must be the same conversation except for "
          + "the assistant's last message; on_bad_line: skip skips such rows")
    }
    let shared = Array(chosen.dropLast())
    guard try isPart(record, of: shared) else {
      throw DatasetError(
        "'\(chosenKey)' is a whole conversation, and '\(key("prompt"))' is not part of it")
    }
    row.prompt = .messages(shared)
    row.setCompletion(better)
    row.setRejected(worse)
  }

  /// Whether the prompt next to a conversation is its beginning, or the user's text in it.
  private func isPart(_ record: Record, of messages: [Message]) throws -> Bool {
    guard record.has(key("prompt")) else { return true }
    switch try record.prompt(key("prompt")) {
    case .messages(let beginning): return messages.starts(with: beginning)
    case .text(let text):
      let words = Array(text.utf8)[...].trimmedText
      return messages.contains {
        $0.role == "user" && Array($0.content.utf8)[...].trimmedText == words
      }
    }
  }

  private func readConversation(_ record: Record, into row: inout Row) throws {
    var messages = try record.messages(key("messages"))
    if let last = messages.last, last.role == "assistant" {
      row.setCompletion(last)
      messages.removeLast()
    }
    guard messages.contains(where: { $0.role == "user" }) else {
      throw DatasetError(
        "'\(key("messages"))' has no message of the user before the answer"
          + unknownRole(messages))
    }
    row.prompt = .messages(messages)
    row.answer = try record.optionalScalar(key("answer"))
    row.verifier = try record.optionalScalar(key("verifier"))
  }

  /// The first role that templates do not know, for a message.
  private func unknownRole(_ messages: [Message]) -> String {
    let known = ["user", "system", "assistant", "tool", "developer"]
    guard let place = messages.firstIndex(where: { !known.contains($0.role) }) else { return "" }
    let role = messages[place].role
    return "; '\(key("messages"))[\(place)].role' is '\(role)'"
      + nameHint(role, among: known)
  }
}

extension JSONValue {
  /// Whether it is a number, or a word for true or false.
  fileprivate var resemblesFlag: Bool {
    switch self {
    case .number: true
    case .string(let text):
      ["true", "false", "yes", "no", "1", "0"].contains(
        Array(text.utf8)[...].trimmedText.lowercased())
    default: false
    }
  }
}

extension ArraySlice<UInt8> {
  /// The text without the white space around it.
  var trimmedText: String {
    let isSpace: (UInt8) -> Bool = { $0 == 0x20 || (0x09...0x0D).contains($0) }
    let end = lastIndex { !isSpace($0) }.map { $0 + 1 } ?? startIndex
    return String(decoding: self[..<end].drop(while: isSpace), as: UTF8.self)
  }
}

extension DatasetFormat {
  /// The fields of a row of the format and their keys, without a field map.
  var keys: [(name: String, key: String)] {
    switch self {
    case .promptCompletion:
      ["prompt", "completion", "solution", "answer", "gold", "verifier"].map { ($0, $0) }
    case .preference: ["prompt", "chosen", "rejected", "answer", "verifier"].map { ($0, $0) }
    case .conversational: ["messages", "answer", "verifier"].map { ($0, $0) }
    case .sharegpt:
      [
        ("messages", "conversations"), ("system", "system"), ("answer", "answer"),
        ("verifier", "verifier"),
      ]
    case .alpaca:
      [
        ("prompt", "instruction"), ("input", "input"), ("completion", "output"),
        ("system", "system"), ("history", "history"),
      ]
    case .gsm8k: [("prompt", "question"), ("answer", "answer")]
    case .mawps: [("prompt", "input"), ("answer", "target")]
    case .math: [("prompt", "problem"), ("solution", "solution"), ("answer", "answer")]
    case .multipleChoice:
      [("prompt", "question"), ("choices", "choices"), ("answer", "answer")]
    case .text: [("text", "text")]
    }
  }
}
