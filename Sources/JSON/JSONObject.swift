/// The members of a JSON object in the order of the text; of a key that appears twice the last value
/// counts, in the first one's place, as in Python.
///
/// Two are equal when they hold equal values under the same keys, in whatever order. A key finds the
/// member with the same bytes, else one with a canonically equivalent key.
public struct JSONObject: Sendable, Hashable, ExpressibleByDictionaryLiteral {
  public typealias Member = (key: String, value: JSONValue)

  private(set) var members: [Member] = []
  /// Where each key stands, once there are too many to look through.
  private var places: [String: Int]?

  private static let mostWithoutPlaces = 16

  public init() {}

  /// With the keys sorted.
  public init(_ values: [String: JSONValue]) {
    for (key, value) in values.sorted(by: { $0.key < $1.key }) { self[key] = value }
  }

  /// With these members as they are; no key may be there twice. Made for going through: a vocabulary
  /// gets no index of its keys before one is added.
  public init(members: [Member]) { self.members = members }

  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    for (key, value) in elements { self[key] = value }
  }

  /// The value under a key; nil removes it.
  public subscript(key: String) -> JSONValue? {
    get { place(of: key).map { members[$0].value } }
    set {
      switch (place(of: key), newValue) {
      case (let place?, let value?): members[place].value = value
      case (let place?, nil):
        members.remove(at: place)
        if places != nil { indexKeys() }
      case (nil, let value?): append(key, value)
      case (nil, nil): break
      }
    }
  }

  public var keys: [String] { members.map(\.key) }
  public var count: Int { members.count }
  public var isEmpty: Bool { members.isEmpty }

  public func mapValues(_ transform: (JSONValue) throws -> JSONValue) rethrows -> JSONObject {
    var result = self
    for place in members.indices {
      result.members[place].value = try transform(members[place].value)
    }
    return result
  }

  public func filter(_ isKept: (Member) throws -> Bool) rethrows -> JSONObject {
    var result = JSONObject()
    for member in members where try isKept(member) { result[member.key] = member.value }
    return result
  }

  private func place(of key: String) -> Int? {
    guard let place = places.map({ $0[key] }) ?? members.firstIndex(where: { $0.key == key }) else {
      return nil
    }
    if members[place].key.utf8.elementsEqual(key.utf8) { return place }
    return members.firstIndex { $0.key.utf8.elementsEqual(key.utf8) } ?? place
  }

  private mutating func append(_ key: String, _ value: JSONValue) {
    places?[key] = members.count
    members.append((key, value))
    if places == nil, members.count > Self.mostWithoutPlaces { indexKeys() }
  }

  private mutating func indexKeys() {
    places = Dictionary(members.enumerated().map { ($1.key, $0) }) { $1 }
  }

  /// The members without their order.
  public var dictionary: [String: JSONValue] {
    Dictionary(members.map { ($0.key, $0.value) }) { $1 }
  }

  public static func == (a: JSONObject, b: JSONObject) -> Bool {
    a.count == b.count && a.members.allSatisfy { b[$0.key] == $0.value }
  }

  public func hash(into hasher: inout Hasher) { hasher.combine(dictionary) }
}

extension JSONObject: Sequence {
  public func makeIterator() -> IndexingIterator<[Member]> { members.makeIterator() }
}
