/// Jinja's filters, tests and functions, and Python's methods, that chat templates use.
///
/// Text is compared and cut by its characters' codes, as Python does it: Swift's own search takes
/// canonically equivalent text for equal.
enum JinjaBuiltins {
  struct Arguments {
    var positional: [JinjaValue] = []
    var named: [String: JinjaValue] = [:]

    func string(_ index: Int) throws -> String? {
      guard index < positional.count else { return nil }
      switch positional[index] {
      case .string(let text): return text
      case .none: return nil
      case let other: throw JinjaError("\(other.kind) where a string is due")
      }
    }
  }

  static func function(_ name: String, _ arguments: Arguments) throws -> JinjaValue {
    switch name {
    case "namespace": return .namespace(JinjaNamespace(arguments.named))
    case "dict": return .dictionary(arguments.named.sorted { $0.key < $1.key })
    case "range":
      let bounds = try arguments.positional.map { value in
        guard case .integer(let number) = value else {
          throw JinjaError("a range of \(value.kind)")
        }
        return number
      }
      let (start, end) = bounds.count == 1 ? (0, bounds[0]) : (bounds.first ?? 0, bounds.last ?? 0)
      guard (1...2).contains(bounds.count), end - start <= 100_000 else {
        throw JinjaError("this range")
      }
      return .list((start..<max(start, end)).map { .integer($0) })
    case "raise_exception":
      throw JinjaError("it refuses the conversation: \(try arguments.string(0) ?? "")")
    default: throw JinjaError("the function '\(name)'")
    }
  }

  static func filter(
    _ name: String, _ value: JinjaValue, _ arguments: Arguments
  ) throws -> JinjaValue {
    switch name {
    case "trim", "upper", "lower", "replace":
      let text = try value.text()
      return try method(name == "trim" ? "strip" : name, .string(text), arguments)
    case "length", "count": return .integer(try value.items().count)
    case "string": return .string(try value.text())
    case "safe", "e", "escape": return value
    case "list": return .list(try value.items())
    case "first": return try value.items().first ?? .undefined
    case "last": return try value.items().last ?? .undefined
    case "items": return try method("items", value, arguments)
    case "default", "d":
      let otherwise = arguments.positional.first ?? .string("")
      if case .undefined = value { return otherwise }
      let checksTruth = arguments.positional.count > 1 && arguments.positional[1].isTrue
      return checksTruth && !value.isTrue ? otherwise : value
    case "join":
      let texts = try value.items().map { try $0.text() }
      return .string(texts.joined(separator: try arguments.string(0) ?? ""))
    case "selectattr", "rejectattr":
      guard let attribute = try arguments.string(0) else {
        throw JinjaError("'\(name)' of nothing")
      }
      let test = try arguments.string(1)
      let rest = Arguments(positional: Array(arguments.positional.dropFirst(2)))
      return .list(
        try value.items().filter { item in
          let member = try item.member(attribute)
          let holds = try test.map { try self.test($0, member, rest) } ?? member.isTrue
          return holds == (name == "selectattr")
        })
    case "map":
      guard case .string(let attribute)? = arguments.named["attribute"] else {
        throw JinjaError("'map' without an attribute")
      }
      return .list(try value.items().map { try $0.member(attribute) })
    default: throw JinjaError("the filter '\(name)'")
    }
  }

  static func test(_ name: String, _ value: JinjaValue, _ arguments: Arguments) throws -> Bool {
    let other = arguments.positional.first ?? .undefined
    switch (name, value) {
    case ("defined", .undefined): return false
    case ("defined", _): return true
    case ("undefined", .undefined): return true
    case ("none", .none), ("string", .string), ("mapping", .dictionary), ("boolean", .bool):
      return true
    case ("number", .integer), ("integer", .integer), ("sequence", .list), ("iterable", .list):
      return true
    case ("sequence", .string), ("iterable", .string), ("sequence", .dictionary),
      ("iterable", .dictionary), ("iterable", .undefined), ("sequence", .undefined):
      return true
    case ("true", .bool(let flag)): return flag
    case ("false", .bool(let flag)): return !flag
    case ("equalto", _), ("eq", _): return value == other
    case ("ne", _): return !(value == other)
    case ("in", _): return try contains(other, value)
    case ("undefined", _), ("none", _), ("string", _), ("mapping", _), ("boolean", _),
      ("number", _), ("integer", _), ("sequence", _), ("iterable", _), ("true", _), ("false", _):
      return false
    default: throw JinjaError("the test '\(name)'")
    }
  }

  /// `item in container`.
  static func contains(_ container: JinjaValue, _ item: JinjaValue) throws -> Bool {
    guard case .string(let text) = container else {
      return try container.items().contains { $0 == item }
    }
    guard case .string(let part) = item else { throw JinjaError("\(item.kind) in a string") }
    return part.isEmpty || find(Array(part.utf8), in: Array(text.utf8)[...]) != nil
  }

  static func arithmetic(_ sign: String, _ a: JinjaValue, _ b: JinjaValue) throws -> JinjaValue {
    switch (sign, a, b) {
    case ("+", .string(let a), .string(let b)): return .string(a + b)
    case ("+", .list(let a), .list(let b)): return .list(a + b)
    case (_, .integer(let a), .integer(let b)): return try arithmetic(sign, a, b)
    case ("<", .string(let a), .string(let b)): return .bool(precedes(a, b))
    case (">", .string(let a), .string(let b)): return .bool(precedes(b, a))
    default: throw JinjaError("'\(sign)' of \(a.kind) and \(b.kind)")
    }
  }

  private static func precedes(_ a: String, _ b: String) -> Bool {
    a.unicodeScalars.lexicographicallyPrecedes(b.unicodeScalars)
  }

  private static func arithmetic(_ sign: String, _ a: Int, _ b: Int) throws -> JinjaValue {
    func checked(_ result: (partialValue: Int, overflow: Bool)) throws -> JinjaValue {
      guard !result.overflow else { throw JinjaError("a number that is too large") }
      return .integer(result.partialValue)
    }
    switch sign {
    case "+": return try checked(a.addingReportingOverflow(b))
    case "-": return try checked(a.subtractingReportingOverflow(b))
    case "*": return try checked(a.multipliedReportingOverflow(by: b))
    case "%", "//":
      guard b != 0, b != -1 else { throw JinjaError("a division by \(b)") }
      let (quotient, rest) = a.quotientAndRemainder(dividingBy: b)
      // Python rounds down.
      let isBelow = rest != 0 && (rest < 0) != (b < 0)
      return .integer(
        sign == "%" ? (isBelow ? rest + b : rest) : (isBelow ? quotient - 1 : quotient))
    case "<": return .bool(a < b)
    case ">": return .bool(a > b)
    case "<=": return .bool(a <= b)
    case ">=": return .bool(a >= b)
    default: throw JinjaError("'\(sign)' of numbers")
    }
  }
}

// Methods.
extension JinjaBuiltins {
  static func method(
    _ name: String, _ value: JinjaValue, _ arguments: Arguments
  ) throws -> JinjaValue {
    switch (name, value) {
    case ("items", .dictionary(let members)):
      return .list(members.map { .list([.string($0.key), $0.value]) })
    case ("keys", .dictionary(let members)): return .list(members.map { .string($0.key) })
    case ("values", .dictionary(let members)): return .list(members.map { $0.value })
    case ("get", .dictionary):
      let found = try value.member(arguments.string(0) ?? "")
      guard case .undefined = found else { return found }
      return arguments.positional.count > 1 ? arguments.positional[1] : .none
    case (_, .string(let text)): return try stringMethod(name, text, arguments)
    default: throw JinjaError("'\(name)' of \(value.kind)")
    }
  }

  private static func stringMethod(
    _ name: String, _ text: String, _ arguments: Arguments
  ) throws -> JinjaValue {
    switch name {
    case "strip": return .string(strip(text, try arguments.string(0), start: true, end: true))
    case "lstrip": return .string(strip(text, try arguments.string(0), start: true, end: false))
    case "rstrip": return .string(strip(text, try arguments.string(0), start: false, end: true))
    case "upper": return .string(text.uppercased())
    case "lower": return .string(text.lowercased())
    case "startswith": return .bool(text.utf8.starts(with: (try arguments.string(0) ?? "").utf8))
    case "endswith":
      let end = try arguments.string(0) ?? ""
      return .bool(text.utf8.reversed().starts(with: end.utf8.reversed()))
    case "split":
      guard arguments.positional.count <= 1, arguments.named.isEmpty else {
        throw JinjaError("'split' with a number of parts")
      }
      return .list(split(text, try arguments.string(0)).map { .string($0) })
    case "replace":
      guard let old = try arguments.string(0), let new = try arguments.string(1), !old.isEmpty
      else {
        throw JinjaError("'replace' of nothing")
      }
      return .string(split(text, old).joined(separator: new))
    default: throw JinjaError("'\(name)' of a string")
    }
  }

  private static func strip(_ text: String, _ set: String?, start: Bool, end: Bool) -> String {
    let dropped = set.map { Set($0.unicodeScalars) }
    func drops(_ scalar: Unicode.Scalar) -> Bool {
      dropped.map { $0.contains(scalar) }
        // Python counts the four information separators as white space, Unicode does not.
        ?? (scalar.properties.isWhitespace || (0x1C...0x1F).contains(scalar.value))
    }
    var scalars = Array(text.unicodeScalars)[...]
    while start, let first = scalars.first, drops(first) { scalars.removeFirst() }
    while end, let last = scalars.last, drops(last) { scalars.removeLast() }
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    return String(view)
  }

  /// The parts of `text` between `separator`s, or between stretches of white space.
  private static func split(_ text: String, _ separator: String?) -> [String] {
    guard let separator, !separator.isEmpty else {
      return text.unicodeScalars.split { $0.properties.isWhitespace }.map { String($0) }
    }
    let mark = Array(separator.utf8)
    var parts: [String] = []
    var rest = Array(text.utf8)[...]
    while let place = find(mark, in: rest) {
      parts.append(String(decoding: rest[rest.startIndex..<place], as: UTF8.self))
      rest = rest[(place + mark.count)...]
    }
    return parts + [String(decoding: rest, as: UTF8.self)]
  }

  /// Where `part` first stands in `bytes`.
  private static func find(_ part: [UInt8], in bytes: ArraySlice<UInt8>) -> Int? {
    guard part.count <= bytes.count else { return nil }
    return (bytes.startIndex...bytes.endIndex - part.count).first {
      bytes[$0..<$0 + part.count].elementsEqual(part)
    }
  }
}
