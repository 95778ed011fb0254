/// A mistake in a recipe or in the flags that change it, ready to print.
public struct Diagnostic: Sendable, Hashable {
  public enum Severity: String, Sendable, Hashable {
    case error, warning
  }

  public enum Location: Sendable, Hashable {
    /// A place in a file: line and column count from 1, columns in Unicode scalars; `source` is the
    /// line itself.
    case file(String, line: Int, column: Int, source: String)
    /// A text from elsewhere, as written: `-S seed=x`.
    case argument(String)
  }

  public let severity: Severity
  public let location: Location
  public let message: String

  public init(_ severity: Severity = .error, at location: Location, _ message: String) {
    self.severity = severity
    self.location = location
    self.message = message
  }
}

extension Diagnostic: CustomStringConvertible {
  /// `file:line:column: error: message`, then the source line and a caret under the column.
  public var description: String {
    switch location {
    case .argument(let text):
      return "\(text): \(severity.rawValue): \(message)"
    case .file(let file, let line, let column, let source):
      let head = "\(file):\(line):\(column): \(severity.rawValue): \(message)"
      // Tabs stay tabs, so that the caret stands under its character whatever a tab is worth.
      let before = source.unicodeScalars.prefix(column - 1)
      let padding = String(String.UnicodeScalarView(before.map { $0 == "\t" ? $0 : " " }))
      return "\(head)\n\(source)\n\(padding)^"
    }
  }
}

/// Everything that is wrong with a recipe, in the order of its lines; flags come last.
public struct RecipeError: Error, Sendable, Hashable, CustomStringConvertible {
  public let diagnostics: [Diagnostic]

  public init(_ diagnostics: [Diagnostic]) { self.diagnostics = diagnostics }

  public var description: String {
    diagnostics.map(\.description).joined(separator: "\n")
  }
}
