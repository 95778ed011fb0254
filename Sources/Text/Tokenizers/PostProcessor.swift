import Foundation
package import JSON

/// The `post_processor` of a tokenizer.json, which says what transformers 5 puts around plain text; the
/// keys `add_bos_token` and `add_eos_token` of tokenizer_config.json have no effect next to it, but
/// converters read them.
package enum PostProcessor {
  /// What a tokenizer.json says.
  package static func marks(_ tokenizer: JSONValue) -> TextMarks {
    steps(tokenizer["post_processor"]).reduce(into: TextMarks()) { marks, step in
      let own = stepMarks(step)
      marks.bos = marks.bos || own.bos
      marks.eos = marks.eos || own.eos
    }
  }

  private static func stepMarks(_ step: JSONValue) -> TextMarks {
    switch step["type"]?.string {
    case "BertProcessing", "RobertaProcessing": return TextMarks(bos: true, eos: true)
    case "TemplateProcessing":
      let pieces = step["single"]?.array ?? []
      guard let text = pieces.firstIndex(where: { $0["Sequence"] != nil }) else { break }
      return TextMarks(bos: text > 0, eos: text < pieces.count - 1)
    default: break
    }
    return TextMarks()
  }

  private static func steps(_ processor: JSONValue?) -> [JSONValue] {
    guard let processor else { return [] }
    return processor["processors"]?.array ?? [processor]
  }

  /// Whether the two files say these marks.
  package static func says(_ marks: TextMarks, tokenizer: JSONValue, config: JSONValue) -> Bool {
    Self.marks(tokenizer) == marks
      && config["add_bos_token"]?.bool ?? marks.bos == marks.bos
      && config["add_eos_token"]?.bool ?? marks.eos == marks.eos
  }

  /// The two files with other marks; `bos` and `eos` are the tokens with their ids.
  package static func setting(
    _ marks: TextMarks, tokenizer: JSONValue, config: JSONValue,
    bos: (text: String, id: Int)?, eos: (text: String, id: Int)?
  ) -> (tokenizer: JSONValue, config: JSONValue) {
    let template = template(marks.bos ? bos : nil, marks.eos ? eos : nil)
    let kept = steps(tokenizer["post_processor"]).filter {
      $0["type"]?.string == "ByteLevel"
    }
    let all = kept + (template.map { [$0] } ?? [])
    let processor: JSONValue =
      all.count > 1
      ? .object([("type", .string("Sequence")), ("processors", .array(all))]) : all.first ?? .null
    let settings = config.setting("add_bos_token", .bool(marks.bos && bos != nil))
      .setting("add_eos_token", .bool(marks.eos && eos != nil))
    return (tokenizer.setting("post_processor", processor), settings)
  }

  private static func template(
    _ bos: (text: String, id: Int)?, _ eos: (text: String, id: Int)?
  ) -> JSONValue? {
    if bos == nil, eos == nil { return nil }
    func special(_ token: (text: String, id: Int)?, _ type: Int) -> [JSONValue] {
      token.map { token in
        [
          .object([
            ("SpecialToken", .object([("id", .string(token.text)), ("type_id", .int(type))]))
          ])
        ]
      } ?? []
    }
    func text(_ name: String, _ type: Int) -> [JSONValue] {
      [.object([("Sequence", .object([("id", .string(name)), ("type_id", .int(type))]))])]
    }
    func part(_ name: String, _ type: Int) -> [JSONValue] {
      special(bos, type) + text(name, type) + special(eos, type)
    }
    let tokens = [bos, eos].compactMap { $0 }
    let entries = tokens.reduce(into: [(key: String, value: JSONValue)]()) { entries, token in
      if entries.contains(where: { $0.key == token.text }) { return }
      entries.append(
        (
          token.text,
          .object([
            ("id", .string(token.text)), ("ids", .array([.int(token.id)])),
            ("tokens", .array([.string(token.text)])),
          ])
        ))
    }
    return .object([
      ("type", .string("TemplateProcessing")), ("single", .array(part("A", 0))),
      ("pair", .array(part("A", 0) + part("B", 1))),
      ("special_tokens", .object(entries)),
    ])
  }
}
