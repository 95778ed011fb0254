/// What a call, filter or test is given.
struct JinjaInputs {
  var positional: [JinjaValue] = []
  var named: [(name: String, value: JinjaValue)] = []

  /// The values of `parameters`, nil for those that are not given.
  func bound(_ what: String, _ parameters: [String], required: Int = 0) throws -> [JinjaValue?] {
    guard positional.count <= parameters.count else {
      throw JinjaError("\(what) takes at most \(parameters.count) arguments")
    }
    var values = positional.map(Optional.some)
    values += Array(repeating: nil, count: parameters.count - positional.count)
    for (name, value) in named {
      guard let index = parameters.firstIndex(of: name) else {
        throw JinjaError("\(what) has no argument '\(name)'")
      }
      guard values[index] == nil else {
        throw JinjaError("the argument '\(name)' of \(what) is given twice")
      }
      values[index] = value
    }
    for index in 0..<required where values[index] == nil {
      throw JinjaError("\(what) needs the argument '\(parameters[index])'")
    }
    return values
  }

  func dropFirst(_ count: Int) -> JinjaInputs {
    JinjaInputs(positional: Array(positional.dropFirst(count)), named: named)
  }
}

extension JinjaRenderer {
  func call(_ callee: JinjaValue, _ inputs: JinjaInputs) throws -> JinjaValue {
    switch callee {
    case .function(.global(let name)): return try JinjaFunctions.call(name, inputs, self)
    case .function(.macro(let macro)): return .string(try call(macro, inputs))
    case .function(.method(let name, let value)): return try method(name, of: value, inputs)
    case .undefined(let missing): throw JinjaError.undefined(missing)
    default: throw JinjaError("\(callee.kind) cannot be called")
    }
  }

  /// `value.name(...)`.
  func method(
    _ name: String, of value: JinjaValue, _ inputs: JinjaInputs
  ) throws -> JinjaValue {
    guard JinjaMethods.has(name, value) else {
      guard case .undefined = try attribute(name, of: value) else {
        return try call(attribute(name, of: value), inputs)
      }
      throw JinjaError("\(value.kind) has no method '\(name)'")
    }
    return try JinjaMethods.call(name, value, inputs, self)
  }

  private func call(_ macro: JinjaMacro, _ inputs: JinjaInputs) throws -> String {
    let node = macro.node
    let scope = JinjaScope(parent: macro.scope)
    var named = inputs.named
    let given = inputs.positional.prefix(node.parameters.count)
    for (parameter, value) in zip(node.parameters, given) { scope.values[parameter.name] = value }
    try within(scope) {
      for parameter in node.parameters.dropFirst(given.count) {
        if let index = named.firstIndex(where: { $0.name == parameter.name }) {
          scope.values[parameter.name] = named.remove(at: index).value
        } else {
          scope.values[parameter.name] =
            try parameter.otherwise.map(value) ?? .undefined(.name(parameter.name))
        }
      }
    }
    try bindRest(macro, scope, inputs, named)
    return try captured { _ = try within(scope) { try run(node.body) } }
  }

  /// Gives a macro's `caller`, `varargs` and `kwargs` what its parameters left.
  private func bindRest(
    _ macro: JinjaMacro, _ scope: JinjaScope, _ inputs: JinjaInputs,
    _ named: [(name: String, value: JinjaValue)]
  ) throws {
    let node = macro.node
    var named = named
    if node.reads.contains("caller") {
      let index = named.firstIndex { $0.name == "caller" }
      scope.values["caller"] =
        index.map { named.remove(at: $0).value } ?? .undefined(.name("caller"))
    }
    let rest = Array(inputs.positional.dropFirst(node.parameters.count))
    if node.reads.contains("varargs") {
      scope.values["varargs"] = try array(rest, .tuple)
    } else if !rest.isEmpty {
      throw JinjaError("'\(node.name)' takes at most \(node.parameters.count) arguments")
    }
    if node.reads.contains("kwargs") {
      scope.values["kwargs"] = try checked(.dictionary(named.map { ($0.name, $0.value) }))
    } else if let (name, _) = named.first {
      throw JinjaError("'\(node.name)' has no argument '\(name)'")
    }
  }
}

/// The functions that every template knows.
enum JinjaFunctions {
  static let names = ["dict", "namespace", "raise_exception", "range"]

  /// What a name stands for that no scope has.
  static func global(_ name: String) -> JinjaValue? {
    names.contains(name) ? .function(.global(name)) : nil
  }

  static func call(
    _ name: String, _ inputs: JinjaInputs, _ renderer: JinjaRenderer
  ) throws -> JinjaValue {
    switch name {
    case "range": return try range(inputs, renderer)
    case "dict":
      var builder = JinjaMapping.Builder()
      for (key, value) in try members(name, inputs, renderer) {
        builder.set(key, try renderer.hashed(key), value)
      }
      return try renderer.checked(.mapping(builder.mapping))
    case "namespace":
      return renderer.namespace(
        try members(name, inputs, renderer).map { key, value in
          guard let name = key.string, !name.hasPrefix("_") else {
            throw JinjaError("names in a namespace are strings that do not begin with '_'")
          }
          return (name, value)
        })
    default:
      let message = try inputs.bound("'\(name)'", ["message"], required: 1)[0] ?? .none
      throw JinjaError("it refuses the conversation: \(try renderer.text(message))")
    }
  }

  /// What Python's `dict` is made of: a dictionary or pairs, and names.
  private static func members(
    _ name: String, _ inputs: JinjaInputs, _ renderer: JinjaRenderer
  ) throws -> [(JinjaValue, JinjaValue)] {
    guard inputs.positional.count <= 1 else {
      throw JinjaError("'\(name)' takes at most 1 argument without a name")
    }
    let named = inputs.named.map { (JinjaValue.string($0.name), $0.value) }
    guard let source = inputs.positional.first else { return named }
    if case .mapping(let mapping) = source { return zip(mapping.keys, mapping.values) + named }
    let pairs = try renderer.items(source).map { pair in
      let parts = try renderer.items(pair)
      guard parts.count == 2 else { throw JinjaError("'\(name)' needs pairs") }
      return (parts[0], parts[1])
    }
    return pairs + named
  }

  private static func range(
    _ inputs: JinjaInputs, _ renderer: JinjaRenderer
  ) throws -> JinjaValue {
    let bounds = try inputs.positional.map { value in
      guard case .whole(let number)? = JinjaNumber(value) else {
        throw JinjaError("a range of \(value.kind)")
      }
      return number
    }
    guard (1...3).contains(bounds.count), inputs.named.isEmpty else {
      throw JinjaError("'range' takes 1 to 3 numbers")
    }
    let (start, end) = bounds.count == 1 ? (0, bounds[0]) : (bounds[0], bounds[1])
    let step = bounds.count == 3 ? bounds[2] : 1
    guard step != 0 else { throw JinjaError("a range with step 0") }
    // In doubles, which cannot overflow.
    guard (Double(end) - Double(start)) / Double(step) <= Double(JinjaLimits.range) else {
      throw JinjaError("a range is longer than \(JinjaLimits.range) numbers")
    }
    let numbers = stride(from: start, to: end, by: step).map { JinjaValue.integer($0) }
    let text = "range(\(start), \(end)" + (bounds.count == 3 && step != 1 ? ", \(step))" : ")")
    return try renderer.array(numbers, .range(text))
  }
}
