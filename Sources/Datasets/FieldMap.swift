import Tasks

/// Reads rows of a file's format, with the keys that the recipe maps.
struct FieldMap {
  let format: DatasetFormat
  private let keys: [String: String]
  /// The file's keys for fields of a row that rewards and metrics look at.
  private let marks: [String: String]
  /// Texts that put columns together, by how the recipe writes them.
  private let joined: [String: JoinedColumns]
  /// The key of a text that gives the gold answer (`FileShape.finalAnswer`).
  private let finalAnswer: String?

  /// Fields of a row that a recipe may map beside those of the format.
  static let markNames = ["type", "language", "difficulty"]

  /// What `fields` may name for files of a format.
  static func names(of format: DatasetFormat) -> [String] {
    format.keys.map(\.name) + ["label"] + markNames
  }

  init(_ format: DatasetFormat, _ fields: [String: String], finalAnswer: String? = nil) {
    self.format = format
    self.finalAnswer = finalAnswer
    let own = Dictionary(uniqueKeysWithValues: format.keys.map { ($0.name, $0.key) })
    marks = fields.filter { Self.markNames.contains($0.key) }
    keys = own.merging(fields.filter { !Self.markNames.contains($0.key) }) { $1 }
    joined = Dictionary(uniqueKeysWithValues: Set(fields.values).map { ($0, JoinedColumns($0)) })
      .compactMapValues(\.self)
  }

  private func key(_ name: String) -> String { keys[name] ?? name }

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
    row.label = record.flag(key("label"))
    var read = Set(keys.values)
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

  /// The gold answer where TRL, verl and NuminaMath have it.
  private func readFinalAnswer(_ record: Record, into row: inout Row) throws {
    guard let finalAnswer else { return }
    if format == .conversational { return readAnswer(record, at: finalAnswer, into: &row) }
    guard row.gold == nil, row.answer == nil,
      let text = try record.optionalScalar(finalAnswer)
    else { return }
    let stated = FinalAnswer(text)
    guard !stated.text.isEmpty else { return }
    row.answer = stated.text
    row.solution = stated.isWorked ? text : nil
    row.verifier = row.verifier ?? stated.verifier
  }

  /// The answer that stands beside a conversation: bare, or in the last box of the solution.
  private func readAnswer(_ record: Record, at key: String, into row: inout Row) {
    let boxed = record["solution"]?.scalar.flatMap(FinalAnswer.boxed)
    guard let answer = row.answer ?? (key == "solution" ? boxed : nil) else { return }
    row.answer = answer
    row.verifier = row.verifier ?? FinalAnswer(answer).verifier
  }

  private func readMath(_ record: Record, into row: inout Row) throws {
    row.prompt = .text(try record.text(key("prompt")))
    row.solution = try record.optionalScalar(key("solution"))
    if let answer = try record.optionalScalar(key("answer")) {
      row.answer = answer
    } else if let boxed = row.solution.flatMap(FinalAnswer.boxed) {
      row.answer = boxed
    } else {
      throw DatasetError(
        "there is no '\(key("answer"))', and '\(key("solution"))' holds no \\boxed{} with one "
          + "(keys of the line: \(record.keyList))")
    }
    row.verifier = "boxed"
  }

  /// The input stands behind the instruction as in Alpaca's own prompt (Taori et al., 2023).
  private func readAlpaca(_ record: Record, into row: inout Row) throws {
    let instruction = try record.text(key("prompt"))
    let input = try record.optionalScalar(key("input")) ?? ""
    row.prompt = .text(input.isEmpty ? instruction : "\(instruction)\n\n### Input:\n\(input)")
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
        "\(beginning)'\(chosenKey)' and '\(rejectedKey)' must be one conversation but for the "
          + "assistant's last message; on_bad_line: skip leaves such rows out")
    }
    let shared = Array(chosen.dropLast())
    guard try isPart(record, of: shared) else {
      throw DatasetError(
        "'\(chosenKey)' is a whole conversation, and '\(key("prompt"))' is no part of it")
    }
    row.prompt = .messages(shared)
    row.setCompletion(better)
    row.setRejected(worse)
  }

  /// Whether the prompt beside a conversation is its beginning, or what the user says in it.
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
      throw DatasetError("'\(key("messages"))' has no message of the user before the answer")
    }
    row.prompt = .messages(messages)
    row.answer = try record.optionalScalar(key("answer"))
    row.verifier = try record.optionalScalar(key("verifier"))
  }

  /// The question with its choices as "A) ..." on lines of their own, as simple-evals asks it.
  private func readMultipleChoice(_ record: Record, into row: inout Row) throws {
    let choices = try record.texts(key("choices"))
    guard (2...26).contains(choices.count) else {
      throw DatasetError("'\(key("choices"))' holds \(choices.count) choices, not 2 to 26")
    }
    let letters = choices.indices.map { String(UnicodeScalar(UInt8(0x41 + $0))) }
    let lines = zip(letters, choices).map { "\($0)) \($1)" }
    row.prompt = .text(
      ([try record.text(key("prompt")), ""] + lines).joined(separator: "\n"))
    let answer = try record.scalar(key("answer"))
    let place =
      letters.firstIndex(of: answer.uppercased())
      ?? Int(answer).flatMap { choices.indices.contains($0) ? $0 : nil }
      ?? choices.firstIndex(of: answer)
    guard let place else {
      throw DatasetError(
        "'\(key("answer"))' is '\(answer)', no letter, place or text of the \(choices.count) choices"
      )
    }
    row.answer = letters[place]
    row.verifier = "choice"
  }

  /// `... <<48/2=24>>24 clips.\n#### 72`: the marks go, the last line is the answer.
  private func readGSM8K(_ record: Record, into row: inout Row) throws {
    row.prompt = .text(try record.text(key("prompt")))
    let text = Array(try record.text(key("answer")).utf8)
    let mark = Array("####".utf8)
    guard let start = text.indices.last(where: { text[$0...].starts(with: mark) }) else {
      throw DatasetError(
        "'\(key("answer"))' holds no line '#### ANSWER'; if it is the bare answer, or a reply, write "
          + "format: prompt_completion and fields: { prompt: \(key("prompt")), answer: "
          + "\(key("answer")) }, or completion: in place of answer:")
    }
    let final = text[(start + mark.count)...].trimmedText
    guard !final.isEmpty else { throw DatasetError("'\(key("answer"))' ends behind '####'") }
    row.answer = final
    row.solution = Self.withoutMarks(text[..<start])[...].trimmedText
  }

  /// The text without `<<...>>`; a mark that does not end stays.
  private static func withoutMarks(_ text: ArraySlice<UInt8>) -> [UInt8] {
    var result: [UInt8] = []
    var rest = text
    while let open = rest.firstDouble(UInt8(ascii: "<")),
      let close = rest[open...].firstDouble(UInt8(ascii: ">"))
    {
      result += rest[..<open]
      rest = rest[(close + 2)...]
    }
    return result + rest
  }
}

extension ArraySlice<UInt8> {
  /// The text without the white space around it.
  var trimmedText: String {
    let isSpace: (UInt8) -> Bool = { $0 == 0x20 || (0x09...0x0D).contains($0) }
    let end = lastIndex { !isSpace($0) }.map { $0 + 1 } ?? startIndex
    return String(decoding: self[..<end].drop(while: isSpace), as: UTF8.self)
  }

  /// Where a byte first stands twice in a row.
  fileprivate func firstDouble(_ byte: UInt8) -> Int? {
    indices.dropLast().first { self[$0] == byte && self[$0 + 1] == byte }
  }
}

extension DatasetFormat {
  /// What a row of the format is made of and under which keys, without a field map.
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
    case .alpaca: [("prompt", "instruction"), ("input", "input"), ("completion", "output")]
    case .gsm8k: [("prompt", "question"), ("answer", "answer")]
    case .mawps: [("prompt", "input"), ("answer", "target")]
    case .math: [("prompt", "problem"), ("solution", "solution"), ("answer", "answer")]
    case .multipleChoice:
      [("prompt", "question"), ("choices", "choices"), ("answer", "answer")]
    case .text: [("text", "text")]
    }
  }
}
