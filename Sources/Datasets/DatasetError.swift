/// What is wrong with a file or a dataset entry; the message names the place and the remedy.
public struct DatasetError: Error, Sendable, Hashable, CustomStringConvertible {
  public let path: String?
  /// Counted from 1.
  public let line: Int?
  /// In characters, from 1; of JSON mistakes only.
  public let column: Int?
  public let message: String

  public init(path: String? = nil, line: Int? = nil, column: Int? = nil, _ message: String) {
    self.path = path
    self.line = line
    self.column = column
    self.message = message
  }

  /// `data.jsonl:12:40: message`.
  public var description: String {
    let place = [path, line.map(String.init), column.map(String.init)].compactMap(\.self)
    return place.isEmpty ? message : place.joined(separator: ":") + ": " + message
  }
}

/// A mistake in a dataset entry that shows without reading any file, pinned to one of its keys.
public struct DatasetProblem: Sendable, Hashable {
  public let field: String
  public let message: String

  init(_ field: String, _ message: String) {
    self.field = field
    self.message = message
  }
}

enum NearestName {
  /// `; did you mean 'x'?` when a name is near enough, else a list of the names.
  static func hint(_ word: String, among names: [String]) -> String {
    if let best = nearest(to: word, among: names) { return "; did you mean '\(best)'?" }
    return "; there is " + names.map { "'\($0)'" }.joined(separator: ", ")
  }

  /// The name that a word was probably meant to be.
  static func nearest(to word: String, among names: [String]) -> String? {
    let distances = names.map { (name: $0, distance: distance(Array(word.utf8), Array($0.utf8))) }
    guard let best = distances.min(by: { $0.distance < $1.distance }),
      best.distance <= max(1, min(word.utf8.count, 12) / 3)
    else { return nil }
    return best.name
  }

  /// Insertions, deletions and substitutions between two short words.
  private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    guard a.count <= 64, b.count <= 64 else { return Int.max }
    var row = Array(0...b.count)
    for i in a.indices {
      var diagonal = row[0]
      row[0] = i + 1
      for j in b.indices {
        let above = row[j + 1]
        row[j + 1] = min(above + 1, row[j] + 1, diagonal + (a[i] == b[j] ? 0 : 1))
        diagonal = above
      }
    }
    return row[b.count]
  }
}
