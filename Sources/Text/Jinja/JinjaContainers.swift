/// A list, a tuple, or what Python gives for `range`, `keys`, `values` and `items`.
final class JinjaArray {
  enum Kind: Equatable {
    case list, tuple, keys, values, members
    /// With the text that Python writes for it.
    case range(String)

    var description: String {
      switch self {
      case .list: "a list"
      case .tuple: "a tuple"
      case .keys: "the keys of a dictionary"
      case .values: "the values of a dictionary"
      case .members: "the items of a dictionary"
      case .range: "a range"
      }
    }

    /// Whether it has elements by number.
    var isIndexed: Bool {
      switch self {
      case .list, .tuple, .range: true
      default: false
      }
    }
  }

  let items: [JinjaValue]
  let kind: Kind
  let depth: Int

  init(_ items: [JinjaValue], _ kind: Kind) {
    self.items = items
    self.kind = kind
    depth = items.reduce(0) { max($0, $1.depth) } + 1
  }
}

/// A dictionary, in the order of its making.
final class JinjaMapping {
  /// A dictionary in the making: a key that comes again keeps its place.
  struct Builder {
    private(set) var keys: [JinjaValue] = []
    private(set) var values: [JinjaValue] = []
    private var places = JinjaPlaces()

    mutating func set(_ key: JinjaValue, _ hashed: JinjaKey, _ value: JinjaValue) {
      if let place = places[hashed] {
        values[place] = value
      } else {
        places.append(hashed)
        keys.append(key)
        values.append(value)
      }
    }

    var mapping: JinjaMapping { JinjaMapping(keys, values, places) }
  }

  let keys: [JinjaValue]
  let values: [JinjaValue]
  let depth: Int
  private let places: JinjaPlaces

  private init(_ keys: [JinjaValue], _ values: [JinjaValue], _ places: JinjaPlaces) {
    self.keys = keys
    self.values = values
    self.places = places
    depth =
      max(
        keys.reduce(0) { max($0, $1.depth) }, values.reduce(0) { max($0, $1.depth) }) + 1
  }

  subscript(key: JinjaKey) -> JinjaValue? { places[key].map { values[$0] } }

  subscript(name: String) -> JinjaValue? { self[.string(JinjaText(name))] }

  /// Its keys and values in pairs.
  var members: [JinjaValue] { zip(keys, values).map { .tuple([$0, $1]) } }
}

/// Where the keys of a dictionary stand. A few are compared one by one, which takes less time than a hash.
private struct JinjaPlaces {
  private static let few = 8

  private var keys: [JinjaKey] = []
  /// Of all keys, where there are more than a few.
  private var places: [JinjaKey: Int] = [:]

  subscript(key: JinjaKey) -> Int? {
    keys.count > Self.few ? places[key] : keys.firstIndex(of: key)
  }

  /// Adds a key that is not there.
  mutating func append(_ key: JinjaKey) {
    keys.append(key)
    guard keys.count > Self.few else { return }
    for place in (places.isEmpty ? 0 : keys.count - 1)..<keys.count { places[keys[place]] = place }
  }
}

/// A key of a dictionary; numbers that are equal are one key.
enum JinjaKey: Hashable {
  case none
  case integer(Int)
  case float(Double)
  case string(JinjaText)
  case tuple([JinjaKey])
}

/// Text that is equal where its characters' codes are: Swift takes canonically equivalent text for
/// equal.
struct JinjaText: Hashable {
  let text: String
  init(_ text: String) { self.text = text }

  static func == (a: JinjaText, b: JinjaText) -> Bool { isSame(a.text, b.text) }

  func hash(into hasher: inout Hasher) {
    var text = text
    text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
  }

  static func isSame(_ a: String, _ b: String) -> Bool {
    a.utf8.count == b.utf8.count && a.utf8.elementsEqual(b.utf8)
  }
}

/// What `map`, `select` and others give: items that can be gone through once.
final class JinjaGenerator {
  private var rest: ArraySlice<JinjaValue>
  let depth: Int

  init(_ items: [JinjaValue]) {
    rest = items[...]
    depth = items.reduce(0) { max($0, $1.depth) } + 1
  }

  func next() -> JinjaValue? { rest.popFirst() }

  func take() -> [JinjaValue] {
    defer { rest = [] }
    return Array(rest)
  }
}

/// The variable `loop`. It looks ahead only when asked: the condition of a loop may depend on what
/// the turns before did.
final class JinjaLoop {
  private let items: [JinjaValue]
  /// Whether the loop has a turn for an item.
  private let test: ((JinjaValue) throws -> Bool)?
  let depth: Int
  private var position = 0
  private var ahead: ArraySlice<JinjaValue> = []
  private(set) var index0 = -1
  private var current: JinjaValue?
  private var previous: JinjaValue?
  private var lastChanged: JinjaValue?

  init(_ items: [JinjaValue], test: ((JinjaValue) throws -> Bool)?) {
    self.items = items
    self.test = test
    depth = items.reduce(0) { max($0, $1.depth) } + 1
  }

  func next() throws -> JinjaValue? {
    guard let item = try ahead.popFirst() ?? pull() else { return nil }
    previous = current
    current = item
    index0 += 1
    return item
  }

  private func pull() throws -> JinjaValue? {
    while position < items.count {
      let item = items[position]
      position += 1
      if try test?(item) ?? true { return item }
    }
    return nil
  }

  private func peek() throws -> JinjaValue? {
    if ahead.isEmpty, let item = try pull() { ahead.append(item) }
    return ahead.first
  }

  func length() throws -> Int {
    guard test != nil else { return items.count }
    while let item = try pull() { ahead.append(item) }
    return index0 + 1 + ahead.count
  }

  static let members = [
    "depth", "depth0", "first", "index", "index0", "last", "length", "nextitem", "previtem",
    "revindex", "revindex0",
  ]

  /// What stands under a name of `members`; nil for another.
  func member(_ name: String) throws -> JinjaValue? {
    switch name {
    case "index": .integer(index0 + 1)
    case "index0": .integer(index0)
    case "revindex": .integer(try length() - index0)
    case "revindex0": .integer(try length() - index0 - 1)
    case "first": .bool(index0 == 0)
    case "last": .bool(try peek() == nil)
    case "length": .integer(try length())
    case "previtem": previous ?? .undefined(.other("the item before the first"))
    case "nextitem": try peek() ?? .undefined(.other("the item after the last"))
    case "depth": .integer(1)
    case "depth0": .integer(0)
    default: nil
    }
  }

  /// Whether `value` differs from the one of the call before, by `equals`.
  func changed(
    _ value: JinjaValue, equals: (JinjaValue, JinjaValue) throws -> Bool
  ) rethrows -> Bool {
    if let lastChanged, try equals(lastChanged, value) { return false }
    lastChanged = value
    return true
  }
}
