/// Reads rows of a file's format, with the keys that the recipe maps.
struct FieldMap {
  let format: DatasetFormat
  private let keys: [String: String]
  /// The file's keys for fields of a row that rewards and metrics look at.
  private let marks: [String: String]

  /// Fields of a row that a recipe may map beside those of the format.
  static let markNames = ["type", "language", "difficulty"]

  init(_ format: DatasetFormat, _ fields: [String: String]) {
    self.format = format
    let own = Dictionary(uniqueKeysWithValues: format.keys.map { ($0.name, $0.key) })
    marks = fields.filter { Self.markNames.contains($0.key) }
    keys = own.merging(fields.filter { !Self.markNames.contains($0.key) }) { $1 }
  }

  private func key(_ name: String) -> String { keys[name] ?? name }

  /// The row that a line holds, before split and templates.
  func row(_ value: JSONValue, line: Int) throws -> Row {
    guard case .object(let object) = value else {
      throw DatasetError("the line is \(value.kind), not an object")
    }
    let record = Record(object)
    var row = Row(id: line, prompt: .text(""))
    switch format {
    case .promptCompletion: try readPromptCompletion(record, into: &row)
    case .preference: try readPreference(record, object, into: &row)
    case .conversational: try readConversation(record, into: &row)
    case .gsm8k: try readGSM8K(record, into: &row)
    case .mawps:
      row.prompt = .text(try record.text(key("prompt")))
      row.answer = try record.scalar(key("answer"))
    case .math:
      row.prompt = .text(try record.text(key("prompt")))
      row.solution = try record.optionalScalar(key("solution"))
      row.answer = try record.scalar(key("answer"))
      row.verifier = "boxed"
    case .multipleChoice: try readMultipleChoice(record, into: &row)
    case .text: row.completion = try record.text(key("text"))
    }
    row.gold = row.gold ?? row.answer
    if row.gold != nil { row.verifier = row.verifier ?? "numeric" }
    if case .messages = row.prompt { _ = try record.templateVariables() }
    row.label = record.flag(key("label"))
    row.fields = record.others(
      than: row.label == nil ? Set(keys.values) : Set(keys.values).union([key("label")]))
    // As `RowCoding` writes them.
    if case .object(let nested)? = row.fields["fields"] {
      row.fields["fields"] = nil
      row.fields.merge(nested.dictionary) { _, nested in nested }
    }
    for (name, key) in marks { row.fields[name] = try record.optionalScalarValue(key) }
    return row
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
  /// last message.
  private func readPreference(
    _ record: Record, _ object: JSONObject, into row: inout Row
  ) throws {
    if object[key("prompt")] == nil {
      let chosen = try record.messages(key("chosen"))
      let rejected = try record.messages(key("rejected"))
      guard let better = chosen.last, let worse = rejected.last, better.role == "assistant",
        worse.role == "assistant", chosen.dropLast() == rejected.dropLast(), chosen.count > 1
      else {
        throw DatasetError(
          "without '\(key("prompt"))', '\(key("chosen"))' and '\(key("rejected"))' must be one "
            + "conversation but for the assistant's last message")
      }
      row.prompt = .messages(Array(chosen.dropLast()))
      row.setCompletion(better)
      row.setRejected(worse)
    } else {
      row.prompt = try record.prompt(key("prompt"))
      row.setCompletion(try record.reply(key("chosen")))
      row.setRejected(try record.reply(key("rejected")))
    }
    row.answer = try record.optionalScalar(key("answer"))
    row.verifier = try record.optionalScalar(key("verifier"))
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
      throw DatasetError("'\(key("answer"))' holds no line '#### ANSWER'")
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
    case .gsm8k: [("prompt", "question"), ("answer", "answer")]
    case .mawps: [("prompt", "input"), ("answer", "target")]
    case .math: [("prompt", "problem"), ("solution", "solution"), ("answer", "answer")]
    case .multipleChoice:
      [("prompt", "question"), ("choices", "choices"), ("answer", "answer")]
    case .text: [("text", "text")]
    }
  }
}
