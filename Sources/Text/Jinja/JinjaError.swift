/// Why a template cannot be read or rendered, and where in it.
struct JinjaError: Error, Equatable {
  let problem: String
  var place: JinjaPlace?

  init(_ problem: String, at place: JinjaPlace? = nil) {
    self.problem = problem
    self.place = place
  }

  /// The problem after its place.
  var reason: String {
    place.map { "line \($0.line), column \($0.column): \(problem)" } ?? problem
  }

  static func undefined(_ missing: JinjaMissing) -> JinjaError {
    if case .name("strftime_now") = missing {
      return JinjaError("'strftime_now' is not supported: a text must not depend on the date")
    }
    return JinjaError("\(missing.description) is undefined")
  }
}

/// A place in a template; lines and columns (in characters) count from 1.
struct JinjaPlace: Equatable, Sendable {
  var line: Int
  var column: Int
}

/// Limits of a template. A template comes with a model from anywhere: each limit ends reading or
/// rendering with a message before memory, stack or patience ends.
enum JinjaLimits {
  /// Characters of a template.
  static let template = 1 << 20
  /// Blocks and expressions inside one another, as they are written.
  static let nesting = 100
  /// Statements and expressions inside one another as they run, through the calls of macros.
  static let levels = 500
  /// Lists and dictionaries inside one another.
  static let valueDepth = 100
  /// Bytes of a string and of the whole output.
  static let text = 1 << 23
  /// Items of a list.
  static let items = 1_000_000
  /// Numbers of a `range`, as in Jinja's sandbox.
  static let range = 100_000
  /// Steps of one rendering: one for each expression, statement and item, and one for every 16 bytes
  /// of text that are made or searched.
  static let steps = 4_000_000
  static let bytesPerStep = 16
}
