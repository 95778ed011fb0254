/// Python's methods of strings, dictionaries and lists, and those of `loop`.
enum JinjaMethods {
  /// The methods by what they belong to.
  static let table: [(of: String, names: [String])] = [
    (
      "strings",
      [
        "capitalize", "center", "count", "endswith", "find", "format", "index", "isalnum",
        "isalpha", "isdecimal", "isdigit", "islower", "isnumeric", "isspace", "isupper", "join",
        "ljust", "lower", "lstrip", "partition", "removeprefix", "removesuffix", "replace", "rfind",
        "rindex", "rjust", "rpartition", "rsplit", "rstrip", "split", "splitlines", "startswith",
        "strip", "title", "upper", "zfill",
      ]
    ),
    ("dictionaries", ["copy", "get", "items", "keys", "values"]),
    ("lists", ["copy", "count", "index"]),
    ("`loop`", ["changed", "cycle"]),
  ]

  private static let sets = table.map { Set($0.names) }

  /// All names.
  static let names = sets.reduce(into: Set<String>()) { $0.formUnion($1) }

  /// Whether `value` has the method.
  static func has(_ name: String, _ value: JinjaValue) -> Bool {
    switch value {
    case .string, .markup: sets[0].contains(name)
    case .mapping: sets[1].contains(name)
    case .array(let array):
      array.kind.isIndexed && sets[2].contains(name) && (array.kind == .list || name != "copy")
    case .loop: sets[3].contains(name)
    default: false
    }
  }

  /// Calls a method that `value` has.
  static func call(
    _ name: String, _ value: JinjaValue, _ inputs: JinjaInputs, _ renderer: JinjaRenderer
  ) throws -> JinjaValue {
    switch value {
    case .mapping(let mapping): return try method(name, mapping, inputs, renderer)
    case .array(let array): return try method(name, array, inputs, renderer)
    case .loop(let loop): return try method(name, loop, inputs, renderer)
    case .markup(let text):
      let inputs = try escaped(inputs, for: name, renderer)
      return marked(try JinjaStringMethod(name, text, inputs, renderer).result())
    default:
      return try JinjaStringMethod(name, value.string ?? "", inputs, renderer).result()
    }
  }

  /// What is put into marked text is escaped.
  private static func escaped(
    _ inputs: JinjaInputs, for name: String, _ renderer: JinjaRenderer
  ) throws -> JinjaInputs {
    func escaped(_ value: JinjaValue) -> JinjaValue {
      value.string == nil ? value : .string(JinjaRenderer.escaped(value))
    }
    var inputs = inputs
    switch name {
    case "center", "ljust", "replace", "rjust":
      inputs.positional = inputs.positional.prefix(1) + inputs.positional.dropFirst().map(escaped)
    case "format":
      inputs.positional = inputs.positional.map(escaped)
      inputs.named = inputs.named.map { ($0.name, escaped($0.value)) }
    case "join":
      inputs.positional = try inputs.positional.map { list in
        try renderer.array(
          renderer.items(list).map { escaped(.string(try renderer.text($0))) })
      }
    default: break
    }
    return inputs
  }

  /// A result with its strings marked.
  private static func marked(_ value: JinjaValue) -> JinjaValue {
    switch value {
    case .string(let text): .markup(text)
    case .array(let array): .array(JinjaArray(array.items.map(marked), array.kind))
    default: value
    }
  }

  private static func method(
    _ name: String, _ mapping: JinjaMapping, _ inputs: JinjaInputs, _ renderer: JinjaRenderer
  ) throws -> JinjaValue {
    guard name == "get" else {
      _ = try inputs.bound("'\(name)'", [])
      switch name {
      case "items": return try renderer.array(mapping.members, .members)
      case "keys": return try renderer.array(mapping.keys, .keys)
      case "values": return try renderer.array(mapping.values, .values)
      default: return .mapping(mapping)
      }
    }
    guard inputs.named.isEmpty, let key = inputs.positional.first, inputs.positional.count <= 2
    else { throw JinjaError("'get' takes 1 or 2 arguments without names") }
    return try mapping[renderer.hashed(key)]
      ?? (inputs.positional.count > 1 ? inputs.positional[1] : .none)
  }

  private static func method(
    _ name: String, _ array: JinjaArray, _ inputs: JinjaInputs, _ renderer: JinjaRenderer
  ) throws -> JinjaValue {
    guard name != "copy" else {
      _ = try inputs.bound("'copy'", [])
      return .array(array)
    }
    guard let item = inputs.positional.first, inputs.positional.count == 1, inputs.named.isEmpty
    else { throw JinjaError("'\(name)' takes 1 argument without a name") }
    try renderer.spend(array.items.count)
    if name == "count" {
      return .integer(try array.items.count { try renderer.equal($0, item) })
    }
    guard let index = try array.items.firstIndex(where: { try renderer.equal($0, item) }) else {
      throw JinjaError("the value is not in the list")
    }
    return .integer(index)
  }

  private static func method(
    _ name: String, _ loop: JinjaLoop, _ inputs: JinjaInputs, _ renderer: JinjaRenderer
  ) throws -> JinjaValue {
    guard inputs.named.isEmpty else { throw JinjaError("'\(name)' takes no arguments with names") }
    guard name == "cycle" else {
      let value = try renderer.array(inputs.positional, .tuple)
      return .bool(try loop.changed(value, equals: renderer.equal))
    }
    guard !inputs.positional.isEmpty else { throw JinjaError("'cycle' of nothing") }
    return inputs.positional[loop.index0 % inputs.positional.count]
  }
}
