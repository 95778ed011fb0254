/// The text of a recipe, to quote lines from.
struct SourceText: Sendable, Hashable {
  let file: String
  let lines: [String]

  init(file: String, text: String) {
    self.file = file
    lines = Self.split(text)
  }

  /// Lines as YAML counts them.
  private static func split(_ text: String) -> [String] {
    var lines = [String]()
    var line = String.UnicodeScalarView()
    var afterReturn = false
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\n" where afterReturn: break
      case "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}":
        lines.append(String(line))
        line.removeAll()
      default: line.append(scalar)
      }
      afterReturn = scalar == "\r"
    }
    return lines + [String(line)]
  }

  func location(_ place: Place) -> Diagnostic.Location {
    switch place {
    case .argument(let text): .argument(text)
    case .mark(let line, let column):
      .file(
        file, line: line, column: column,
        source: lines.indices.contains(line - 1) ? lines[line - 1] : "")
    }
  }
}

/// A mistake before it is put into words for a person: with its place as data.
struct Mistake: Sendable, Hashable {
  var severity = Diagnostic.Severity.error
  let place: Place
  var message: String
}

/// Collects mistakes, so that all of them come back together.
struct Report: Sendable {
  private(set) var mistakes: [Mistake] = []

  mutating func error(_ place: Place, _ message: String) {
    mistakes.append(Mistake(place: place, message: message))
  }

  mutating func add(_ others: [Mistake]) { mistakes += others }
}

extension Sequence where Element == Mistake {
  /// Each mistake once, in the order of lines; mistakes in flags last, in the order found.
  func diagnostics(in source: SourceText) -> [Diagnostic] {
    var seen = Set<Mistake>()
    let unique = filter { seen.insert($0).inserted }
    let sorted = unique.enumerated().sorted {
      ($0.element.place.order, $0.offset) < ($1.element.place.order, $1.offset)
    }
    return sorted.map {
      Diagnostic($0.element.severity, at: source.location($0.element.place), $0.element.message)
    }
  }
}

extension Place {
  /// Lines before flags, by line and column; one number so that tuples of it compare.
  fileprivate var order: Double {
    switch self {
    case .mark(let line, let column): Double(line) * 0x1p20 + Double(min(column, 0xF_FFFF))
    case .argument: .infinity
    }
  }
}

extension Report {
  /// Names appear in references, dotted paths and file names, which decides the letters.
  mutating func check(name: String, _ what: String, _ place: Place) {
    let letters = name.unicodeScalars.allSatisfy {
      $0.isASCII
        && ($0.properties.isAlphabetic || ("0"..."9").contains($0)
          || "_-".unicodeScalars.contains($0))
    }
    guard !letters || name.isEmpty || name.hasPrefix("-") || name.utf8.count > 100 else { return }
    error(
      place, "'\(shortened(name))' cannot name a \(what): use letters, digits, '_' and '-'")
  }

  /// The named entries of a section; anything but a map is a mistake.
  mutating func section(_ entry: ConfigNode.Entry?) -> [ConfigNode.Entry] {
    guard let entry, !entry.value.isNull else { return [] }
    guard let entries = entry.value.entries else {
      error(
        entry.value.place, "'\(entry.name)' takes a map of names, not \(entry.value.words)")
      return []
    }
    return entries
  }
}
