// Expressions.
extension JinjaRenderer {
  func value(_ expression: JinjaExpression) throws -> JinjaValue {
    switch expression {
    case .string(let text): return .string(text)
    case .integer(let number): return .integer(number)
    case .float(let number): return .float(number)
    case .bool(let flag): return .bool(flag)
    case .none: return .none
    case .name(let name, let place):
      self.place = place
      return scope[name] ?? .undefined(.name(name))
    default: return try nested { try inner(expression) }
    }
  }

  /// The value of an expression that holds others.
  private func inner(_ expression: JinjaExpression) throws -> JinjaValue {
    switch expression {
    case .steps(let base, let steps):
      return try steps.reduce(value(base)) { try apply($1, to: $0) }
    case .list(let items, let place): return try array(items, .list, at: place)
    case .tuple(let items, let place): return try array(items, .tuple, at: place)
    case .dictionary(let members, let place): return try dictionary(members, at: place)
    case .not(let operand): return .bool(try !value(operand).isTrue)
    case .negative(let operand, let place): return try signed("-", operand, at: place)
    case .positive(let operand, let place): return try signed("+", operand, at: place)
    case .arithmetic(let first, let terms): return try arithmetic(first, terms)
    case .concatenation(let parts, let place): return try concatenation(parts, at: place)
    case .comparison(let first, let terms): return .bool(try comparison(first, terms))
    case .all(let operands): return try first(of: operands) { !$0.isTrue }
    case .any(let operands): return try first(of: operands) { $0.isTrue }
    case .choice(let chosen, let condition, let otherwise):
      if try value(condition).isTrue { return try value(chosen) }
      return try otherwise.map(value) ?? .undefined(.other("an 'if' without 'else'"))
    default: return try value(expression)
    }
  }

  private func array(
    _ items: [JinjaExpression], _ kind: JinjaArray.Kind, at place: JinjaPlace
  ) throws -> JinjaValue {
    let values = try items.map(value)
    self.place = place
    return try array(values, kind)
  }

  private func dictionary(
    _ members: [(key: JinjaExpression, value: JinjaExpression)], at place: JinjaPlace
  ) throws -> JinjaValue {
    var builder = JinjaMapping.Builder()
    for member in members {
      let (key, value) = (try value(member.key), try value(member.value))
      self.place = place
      builder.set(key, try hashed(key), value)
    }
    return try checked(.mapping(builder.mapping))
  }

  private func signed(
    _ sign: String, _ operand: JinjaExpression, at place: JinjaPlace
  ) throws -> JinjaValue {
    let number = try value(operand)
    self.place = place
    switch try numeric(number, for: sign) {
    case .whole(let number):
      return sign == "-" ? try whole(0.subtractingReportingOverflow(number)) : .integer(number)
    case .real(let number): return .float(sign == "-" ? -number : number)
    }
  }

  private func arithmetic(
    _ first: JinjaExpression, _ terms: [JinjaTerm]
  ) throws -> JinjaValue {
    var result = try value(first)
    for term in terms {
      let operand = try value(term.operand)
      place = term.place
      try spend(1)
      result = try arithmetic(term.sign, result, operand)
    }
    return result
  }

  private func concatenation(_ parts: [JinjaExpression], at place: JinjaPlace) throws -> JinjaValue
  {
    let values = try parts.map(value)
    self.place = place
    var text = ""
    for value in values { try append(self.text(value), to: &text) }
    return .string(text)
  }

  /// `a < b < c` is `a < b and b < c`.
  private func comparison(_ first: JinjaExpression, _ terms: [JinjaTerm]) throws -> Bool {
    var left = try value(first)
    for term in terms {
      let right = try value(term.operand)
      place = term.place
      try spend(1)
      guard try compare(term.sign, left, right) else { return false }
      left = right
    }
    return true
  }

  /// The first operand that `decides`, or the last one.
  private func first(
    of operands: [JinjaExpression], where decides: (JinjaValue) -> Bool
  ) throws -> JinjaValue {
    var last = JinjaValue.none
    for operand in operands {
      last = try value(operand)
      if decides(last) { break }
    }
    return last
  }
}

// What follows a value.
extension JinjaRenderer {
  /// `more` are named arguments that a call gets besides those that are written.
  func apply(
    _ step: JinjaStep, to value: JinjaValue, more: [(String, JinjaValue)] = []
  ) throws -> JinjaValue {
    place = step.place
    try spend(1)
    switch step.kind {
    case .attribute(let name): return try attribute(name, of: value)
    case .element(let index):
      let index = try self.value(index)
      place = step.place
      return try element(index, of: value)
    case .slice(let start, let end, let stride):
      return try slice(start, end, stride, of: value, at: step.place)
    case .call(let arguments):
      let inputs = try inputs(arguments, more)
      place = step.place
      return try call(value, inputs)
    case .method(let name, let arguments):
      let inputs = try inputs(arguments, more)
      place = step.place
      return try method(name, of: value, inputs)
    case .filter(let filter, let arguments):
      let inputs = try inputs(arguments, more)
      place = step.place
      return try filter.apply(self, value, inputs)
    case .test(let test, let arguments, let isNegated):
      let inputs = try inputs(arguments, more)
      place = step.place
      return .bool(try test.apply(self, value, inputs) != isNegated)
    }
  }

  private func inputs(
    _ arguments: JinjaArguments, _ more: [(String, JinjaValue)]
  ) throws -> JinjaInputs {
    var inputs = JinjaInputs(
      positional: try arguments.positional.map(value),
      named: try arguments.named.map { ($0.name, try value($0.value)) })
    if let spread = arguments.spread {
      inputs.positional += try items(value(spread))
    }
    if let spread = arguments.spreadNamed {
      guard case .mapping(let mapping) = try value(spread) else {
        throw JinjaError("'**' needs a dictionary")
      }
      for (key, value) in zip(mapping.keys, mapping.values) {
        guard let name = key.string, !inputs.named.contains(where: { $0.name == name }) else {
          throw JinjaError("'**' of a dictionary whose keys are not new names")
        }
        inputs.named.append((name, value))
      }
    }
    inputs.named += more
    return inputs
  }

  /// `value.name`: a method, or what stands under the name.
  func attribute(_ name: String, of value: JinjaValue) throws -> JinjaValue {
    if case .undefined(let missing) = value { throw JinjaError.undefined(missing) }
    if JinjaMethods.has(name, value) { return try checked(.function(.method(name, value))) }
    return try member(name, of: value) ?? .undefined(.name(name))
  }

  private func member(_ name: String, of value: JinjaValue) throws -> JinjaValue? {
    switch value {
    case .mapping(let mapping): mapping[name]
    case .namespace(let namespace): namespace.values[name]
    case .loop(let loop): try loop.member(name)
    case .function(.macro(let macro)) where name == "name": .string(macro.node.name)
    default: nil
    }
  }

  /// `value[index]`.
  func element(_ index: JinjaValue, of value: JinjaValue) throws -> JinjaValue {
    switch (value, index) {
    case (.undefined(let missing), _): throw JinjaError.undefined(missing)
    case (.mapping(let mapping), _):
      if let key = try? hashed(index), let found = mapping[key] { return found }
    case (.array(let array), .integer(let number)) where array.kind.isIndexed:
      return element(number, of: array.items)
    case (.array(let array), .bool(let flag)) where array.kind.isIndexed:
      return element(flag ? 1 : 0, of: array.items)
    case (.string(let text), .integer(let number)), (.markup(let text), .integer(let number)):
      try spend(bytes: text.utf8.count)
      let scalars = text.unicodeScalars
      let place = number < 0 ? scalars.count + number : number
      guard place >= 0, place < scalars.count else { return .undefined(.element) }
      let found = String(scalars[scalars.index(scalars.startIndex, offsetBy: place)])
      return value.withText(found)
    default: break
    }
    guard let name = index.string else { return .undefined(.element) }
    return try attribute(name, of: value)
  }

  private func element(_ number: Int, of items: [JinjaValue]) -> JinjaValue {
    let place = number < 0 ? items.count + number : number
    return items.indices.contains(place) ? items[place] : .undefined(.element)
  }

  private func slice(
    _ start: JinjaExpression?, _ end: JinjaExpression?, _ stride: JinjaExpression?,
    of value: JinjaValue, at place: JinjaPlace
  ) throws -> JinjaValue {
    func bound(_ expression: JinjaExpression?) throws -> Int? {
      guard let expression else { return nil }
      switch try self.value(expression) {
      case .integer(let number): return number
      case .bool(let flag): return flag ? 1 : 0
      case .none: return nil
      case let other: throw JinjaError("a slice needs whole numbers, not \(other.kind)", at: place)
      }
    }
    let slice = JinjaSlice(
      start: try bound(start), end: try bound(end), step: try bound(stride) ?? 1)
    self.place = place
    guard slice.step != 0 else { throw JinjaError("a slice with step 0") }
    switch value {
    case .string(let text), .markup(let text):
      try allow(bytes: text.utf8.count)
      return value.withText(String(scalars: slice.pick(Array(text.unicodeScalars))))
    case .array(let items) where items.kind.isIndexed:
      let kind = items.kind == .tuple ? JinjaArray.Kind.tuple : .list
      return try array(slice.pick(items.items), kind)
    case .undefined(let missing): throw JinjaError.undefined(missing)
    default: throw JinjaError("a slice of \(value.kind)")
    }
  }
}

/// Python's slices.
struct JinjaSlice {
  let start, end: Int?
  /// Not 0.
  let step: Int

  func pick<Item>(_ items: [Item]) -> [Item] {
    let count = items.count
    let (low, high) = step > 0 ? (0, count) : (-1, count - 1)
    func place(_ index: Int?, _ missing: Int) -> Int {
      guard let index else { return missing }
      // A negative index and a count cannot overflow.
      return min(max(index < 0 ? index + count : index, low), high)
    }
    let first = place(start, step > 0 ? 0 : count - 1)
    let last = place(end, step > 0 ? count : -1)
    // A longer step than the list skips all that is left.
    let step = min(max(step, -count - 1), count + 1)
    return stride(from: first, to: last, by: step).map { items[$0] }
  }
}
