/// A key, or a value of a key, that another trainer has, and what a recipe writes instead.
public struct NameElsewhere: Sendable, Hashable {
  /// Keys that share one answer.
  public let names: [String]
  /// Stage kinds, or `model`, `dataset`, `recipe`, for which it holds; empty: anywhere.
  public let places: [String]
  /// What to write here, as a clause that follows a semicolon.
  public let advice: String

  public init(_ names: [String], in places: [String] = [], _ advice: String) {
    self.names = names
    self.places = places
    self.advice = advice
  }
}

/// Names that people bring from other trainers, so that a message about one says what it is here.
public struct NamesElsewhere: Sendable {
  /// Keys that no field has.
  public let keys: [NameElsewhere]
  /// Values that no field takes, written `key=value`.
  public let values: [NameElsewhere]

  public static let none = NamesElsewhere(keys: [], values: [])

  public init(keys: [NameElsewhere], values: [NameElsewhere]) {
    self.keys = keys
    self.values = values
  }

  /// What an unknown key at a place (a stage kind, `model`, `dataset`, `recipe`) is here.
  public func advice(key: String, in place: String) -> String? {
    Self.find(key, place, keys)
  }

  /// What a value that a field refuses is here; `field` may be `peft_config.target_modules` or
  /// `reward_funcs[0].name`: its last name counts.
  public func advice(value: String, of field: String) -> String? {
    let last = field.split(separator: ".").last.map(String.init) ?? field
    let name = last.prefix { $0 != "[" }
    return Self.find("\(name)=\(value)", "", values)
  }

  private static func find(_ name: String, _ place: String, _ list: [NameElsewhere]) -> String? {
    let known = list.filter { $0.names.contains(name) }
    return (known.first { $0.places.contains(place) } ?? known.first { $0.places.isEmpty })?.advice
  }
}
