/// Where a piece of a recipe was written.
enum Place: Sendable, Hashable {
  case mark(line: Int, column: Int)
  /// A flag, as given.
  case argument(String)
}

/// A piece of a recipe that remembers its place.
struct ConfigNode: Sendable, Hashable {
  struct Entry: Sendable, Hashable {
    let name: String
    /// Where the key stands.
    var place: Place
    var value: ConfigNode
  }

  enum Content: Sendable, Hashable {
    /// Text, and whether it stands without quotes, so that it may be a number, a boolean or null.
    case scalar(String, plain: Bool)
    case list([ConfigNode])
    /// Keys in the order of the file, each once.
    case map([Entry])
    /// What a patch with null leaves: none for an optional field, absent for everything else.
    case removed
  }

  var place: Place
  var content: Content

  var isNull: Bool {
    switch content {
    case .removed: true
    case .scalar(let text, plain: true): ScalarForm(text) == .null
    default: false
    }
  }

  /// The entries of a map, without those that a patch removed.
  var entries: [Entry]? { allEntries?.filter { $0.value.content != .removed } }

  /// The entries of a map.
  var allEntries: [Entry]? { if case .map(let entries) = content { entries } else { nil } }

  /// The piece at a path such as `reward_funcs[1].types`, or the nearest one around it; nil if even
  /// the path's first name is missing.
  func at(_ path: String) -> ConfigNode? {
    let names = path.split { ".[]".contains($0) }
    var node = self
    for (index, name) in names.enumerated() {
      var next: ConfigNode?
      if case .list(let elements) = node.content, let i = Int(name), elements.indices.contains(i) {
        next = elements[i]
      } else {
        next = node.entries?.first { $0.name == name }?.value
      }
      guard let next else { return index == 0 ? nil : node }
      node = next
    }
    return node
  }

  /// Every place in this piece.
  var places: Set<Place> {
    switch content {
    case .scalar, .removed: [place]
    case .list(let elements): elements.reduce(into: [place]) { $0.formUnion($1.places) }
    case .map(let entries):
      entries.reduce(into: [place]) { places, entry in
        places.insert(entry.place)
        places.formUnion(entry.value.places)
      }
    }
  }

  /// The piece as a message names it: `the string 'fast'`, `a list`.
  var words: String {
    switch content {
    case .removed: return "null"
    case .list: return "a list"
    case .map: return "a map"
    case .scalar(let text, plain: false): return "the string '\(shortened(text))'"
    case .scalar(let text, plain: true):
      switch ScalarForm(text) {
      case .null: return "null"
      case .string: return "the string '\(shortened(text))'"
      default: return shortened(text)
      }
    }
  }
}

extension ConfigNode.Entry {
  /// Places of the key and of everything under it.
  var places: Set<Place> { value.places.union([place]) }
}

/// A text that fits into a message.
func shortened(_ text: String) -> String {
  let line = text.prefix { !$0.isNewline }
  return line.count <= 40 && line.endIndex == text.endIndex ? text : line.prefix(40) + "..."
}
