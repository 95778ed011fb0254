import Settings

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

/// `; did you mean 'x'?` when a name is near enough, else a list of the names.
func nameHint(_ word: String, among names: [String]) -> String {
  if let best = nearestName(to: word, among: names) { return "; did you mean '\(best)'?" }
  return "; there is " + names.map { "'\($0)'" }.joined(separator: ", ")
}
