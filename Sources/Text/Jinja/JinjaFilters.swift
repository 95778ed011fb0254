/// A filter, as in `x|trim`.
struct JinjaFilter: Sendable {
  typealias Apply = @Sendable (JinjaRenderer, JinjaValue, JinjaInputs) throws -> JinjaValue
  typealias Bound = @Sendable (JinjaRenderer, JinjaValue, [JinjaValue?]) throws -> JinjaValue

  let name: String
  let apply: Apply

  static func named(_ name: String) -> JinjaFilter? { table[name] }

  /// The names of all filters.
  static var names: [String] { table.keys.sorted() }

  private static let table: [String: JinjaFilter] = {
    var table: [String: JinjaFilter] = [:]
    for (name, parameters, required, body) in texts + sequences + numbers {
      for name in name.split(separator: " ").map(String.init) {
        table[name] = JinjaFilter(name: name) { renderer, value, inputs in
          let bound = try inputs.bound("'\(name)'", parameters, required: required)
          return try body(renderer, value, bound)
        }
      }
    }
    for (name, apply) in selections { table[name] = JinjaFilter(name: name, apply: apply) }
    return table
  }()

  /// Filters of text and of values of every kind: names, parameters and how many of them are needed.
  private static let texts: [(String, [String], Int, Bound)] = [
    (
      "trim", ["chars"], 0,
      { renderer, value, inputs in
        try renderer.texted("strip", value, inputs.prefix(1).compactMap { $0 })
      }
    ),
    ("upper", [], 0, { renderer, value, _ in try renderer.texted("upper", value) }),
    ("lower", [], 0, { renderer, value, _ in try renderer.texted("lower", value) }),
    ("capitalize", [], 0, { renderer, value, _ in try renderer.texted("capitalize", value) }),
    (
      "center", ["width"], 0,
      { renderer, value, inputs in
        try renderer.texted("center", value, [inputs[0] ?? .integer(80)])
      }
    ),
    ("title", [], 0, { renderer, value, _ in try renderer.titled(value) }),
    (
      "replace", ["old", "new", "count"], 2,
      { renderer, value, inputs in
        let limit = try renderer.whole(inputs[2] ?? .none, or: -1)
        return try renderer.replaced(
          renderer.text(value), renderer.text(inputs[0] ?? .none),
          renderer.text(inputs[1] ?? .none), limit: limit)
      }
    ),
    (
      "string", [], 0,
      { renderer, value, _ in
        if case .markup = value { return value }
        return try renderer.string(renderer.text(value))
      }
    ),
    ("safe", [], 0, { renderer, value, _ in .markup(try renderer.text(value)) }),
    (
      "e escape", [], 0,
      { renderer, value, _ in
        try renderer.escapedText(renderer.stringed(value))
      }
    ),
    (
      "forceescape", [], 0,
      { renderer, value, _ in
        try renderer.escapedText(.string(renderer.text(value)))
      }
    ),
    (
      "indent", ["width", "first", "blank"], 0,
      { renderer, value, inputs in
        try renderer.indented(value, inputs)
      }
    ),
    (
      "truncate", ["length", "killwords", "end", "leeway"], 0,
      { renderer, value, inputs in
        try renderer.truncated(value, inputs)
      }
    ),
    (
      "wordcount", [], 0,
      { renderer, value, _ in
        .integer(JinjaStrings.wordCount(try renderer.text(value)))
      }
    ),
    (
      "tojson", ["ensure_ascii", "indent", "separators", "sort_keys"], 0,
      { renderer, value, inputs in
        try renderer.string(JinjaJSON.text(value, inputs, renderer))
      }
    ),
    (
      "default d", ["default_value", "boolean"], 0,
      { _, value, inputs in
        let otherwise = inputs[0] ?? .string("")
        if case .undefined = value { return otherwise }
        return inputs[1]?.isTrue == true && !value.isTrue ? otherwise : value
      }
    ),
    (
      "attr", ["name"], 1,
      { renderer, value, inputs in
        guard let name = inputs[0]?.string else { throw JinjaError("'attr' needs a name") }
        if case .mapping = value, !JinjaMethods.has(name, value) { return .undefined(.name(name)) }
        return try renderer.attribute(name, of: value)
      }
    ),
  ]

  private static let sequences: [(String, [String], Int, Bound)] = [
    ("length count", [], 0, { renderer, value, _ in .integer(try renderer.length(value)) }),
    ("list", [], 0, { renderer, value, _ in try renderer.array(renderer.items(value)) }),
    (
      "first", [], 0,
      { renderer, value, _ in
        if case .generator(let generator) = value {
          return generator.next() ?? .undefined(.element)
        }
        return try renderer.items(value).first ?? .undefined(.element)
      }
    ),
    (
      "last", [], 0,
      { renderer, value, _ in
        if case .generator = value { throw JinjaError("'last' of \(value.kind); use 'list' first") }
        return try renderer.items(value).last ?? .undefined(.element)
      }
    ),
    (
      "reverse", [], 0,
      { renderer, value, _ in
        guard let text = value.string else {
          return try renderer.generator(renderer.items(value).reversed())
        }
        return .string(String(scalars: text.unicodeScalars.reversed()))
      }
    ),
    (
      "join", ["d", "attribute"], 0,
      { renderer, value, inputs in
        let items = try renderer.attributes(inputs[1] ?? .none, of: renderer.items(value))
        return try renderer.joined(
          items, separator: renderer.text(inputs[0] ?? .string("")), renderer.text)
      }
    ),
    (
      "items", [], 0,
      { renderer, value, _ in
        if case .undefined = value { return try renderer.generator([]) }
        guard case .mapping(let mapping) = value else {
          throw JinjaError("'items' of \(value.kind)")
        }
        return try renderer.generator(mapping.members)
      }
    ),
    (
      "dictsort", ["case_sensitive", "by", "reverse"], 0,
      { renderer, value, inputs in
        try renderer.dictsorted(value, inputs)
      }
    ),
    (
      "sort", ["reverse", "case_sensitive", "attribute"], 0,
      { renderer, value, inputs in
        let items = try renderer.items(value)
        let keys = try renderer.sortKeys(
          inputs[2], isCaseSensitive: inputs[1]?.isTrue == true, items)
        return try renderer.array(
          renderer.sorted(Array(zip(keys, items)), isReversed: inputs[0]?.isTrue == true))
      }
    ),
    (
      "unique", ["case_sensitive", "attribute"], 0,
      { renderer, value, inputs in
        var seen: Set<JinjaKey> = []
        let items = try renderer.items(value)
        let keys = try renderer.keys(inputs[1], isCaseSensitive: inputs[0]?.isTrue == true, items)
        return try renderer.generator(
          zip(keys, items).filter { seen.insert(try renderer.hashed($0.0)).inserted }.map(\.1))
      }
    ),
    (
      "min", ["case_sensitive", "attribute"], 0,
      { renderer, value, inputs in
        try renderer.extreme(value, inputs) { try renderer.precedes($0, $1) }
      }
    ),
    (
      "max", ["case_sensitive", "attribute"], 0,
      { renderer, value, inputs in
        try renderer.extreme(value, inputs) { try renderer.precedes($1, $0) }
      }
    ),
    (
      "sum", ["attribute", "start"], 0,
      { renderer, value, inputs in
        let items = try renderer.attributes(inputs[0] ?? .none, of: renderer.items(value))
        return try items.reduce(inputs[1] ?? .integer(0)) {
          if $0.string != nil { throw JinjaError("'sum' of strings") }
          return try renderer.arithmetic("+", $0, $1)
        }
      }
    ),
    (
      "batch", ["linecount", "fill_with"], 1,
      { renderer, value, inputs in
        try renderer.batches(value, inputs)
      }
    ),
    (
      "slice", ["slices", "fill_with"], 1,
      { renderer, value, inputs in
        try renderer.slices(value, inputs)
      }
    ),
  ]

  private static let numbers: [(String, [String], Int, Bound)] = [
    (
      "abs", [], 0,
      { renderer, value, _ in
        switch try renderer.numeric(value, for: "abs") {
        case .whole(let number) where number < 0:
          return try renderer.whole(0.subtractingReportingOverflow(number))
        case .whole(let number): return .integer(number)
        case .real(let number): return .float(number.magnitude)
        }
      }
    ),
    (
      "int", ["default", "base"], 0,
      { renderer, value, inputs in
        try renderer.integer(value, otherwise: inputs[0] ?? .integer(0), base: inputs[1])
      }
    ),
    (
      "float", ["default"], 0,
      { _, value, inputs in
        if case .undefined(let missing) = value { throw JinjaError.undefined(missing) }
        if let number = JinjaNumber(value) { return .float(number.double) }
        return value.string.flatMap(JinjaNumbers.real).map { .float($0) } ?? inputs[0] ?? .float(0)
      }
    ),
    (
      "round", ["precision", "method"], 0,
      { renderer, value, inputs in
        try renderer.rounded(value, inputs)
      }
    ),
  ]

  /// Filters that take another filter or a test with its arguments.
  private static let selections: [(String, Apply)] = [
    ("map", { renderer, value, inputs in try renderer.mapped(value, inputs) }),
    (
      "select",
      { renderer, value, inputs in
        try renderer.selected(value, inputs, attribute: nil, keeps: true, "select")
      }
    ),
    (
      "reject",
      { renderer, value, inputs in
        try renderer.selected(value, inputs, attribute: nil, keeps: false, "reject")
      }
    ),
    (
      "selectattr",
      { renderer, value, inputs in
        try renderer.selected(
          value, inputs.dropFirst(1), attribute: inputs.positional.first ?? JinjaValue.none,
          keeps: true,
          "selectattr")
      }
    ),
    (
      "rejectattr",
      { renderer, value, inputs in
        try renderer.selected(
          value, inputs.dropFirst(1), attribute: inputs.positional.first ?? JinjaValue.none,
          keeps: false,
          "rejectattr")
      }
    ),
    (
      "format",
      { renderer, value, inputs in
        guard inputs.named.isEmpty else {
          throw JinjaError("'format' takes no arguments with names")
        }
        let values = try renderer.array(inputs.positional, .tuple)
        return try renderer.string(renderer.printf(renderer.text(value), values))
      }
    ),
  ]
}
