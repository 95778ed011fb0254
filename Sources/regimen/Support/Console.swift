import Foundation
import Insight
import JSON

/// What a person reads while a command works: everything here goes to standard error, results go to
/// standard output through `Output`.
struct Console: Sendable {
  let quiet: Bool
  let verbose: Bool
  /// Whether one line may be drawn over and over, and coloured.
  let redraws: Bool

  init(quiet: Bool = false, verbose: Bool = false, plain: Bool = false) {
    self.quiet = quiet
    self.verbose = verbose
    let environment = ProcessInfo.processInfo.environment
    let wanted = environment["NO_COLOR", default: ""].isEmpty && environment["TERM"] != "dumb"
    redraws = wanted && !plain && isatty(FileHandle.standardError.fileDescriptor) != 0
  }

  /// Columns of the terminal.
  var width: Int { Self.width(of: .standardError) ?? 80 }

  /// Columns of a stream's terminal; nil if it is not a terminal.
  static func width(of stream: FileHandle) -> Int? { size(of: stream)?.columns }

  /// Columns and rows of a stream's terminal; nil if it is not a terminal.
  static func size(of stream: FileHandle) -> (columns: Int, rows: Int)? {
    var size = winsize()
    let known = ioctl(stream.fileDescriptor, UInt(TIOCGWINSZ), &size) == 0
    return known && size.ws_col > 10 ? (Int(size.ws_col), max(Int(size.ws_row), 1)) : nil
  }

  func note(_ message: String) {
    if !quiet { Output.error(CommandText.completed(message) + "\n") }
  }

  func detail(_ message: String) {
    if verbose { Output.error(CommandText.completed(message) + "\n") }
  }

  func warning(_ message: String) {
    Output.error(styled("warning: ", .yellow) + CommandText.completed(message) + "\n")
  }

  func failure(_ message: String) {
    Output.error(styled("error: ", .red) + CommandText.completed(message) + "\n")
  }

  enum Style: String {
    case bold = "1"
    case dim = "2"
    case red = "31"
    case green = "32"
    case yellow = "33"
  }

  func styled(_ text: String, _ style: Style) -> String {
    redraws ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
  }
}

/// The two streams. A reader that went away ends the program quietly, through SIGPIPE.
enum Output {
  /// Columns for what a person reads; 100 in a file or a pipe.
  static var width: Int { Console.width(of: .standardOutput) ?? 100 }

  static func text(_ text: String) { write(text, to: .standardOutput) }
  static func line(_ text: String) { write(text + "\n", to: .standardOutput) }
  static func json(_ value: JSONValue) { line(value.written(.report)) }
  static func error(_ text: String) { write(text, to: .standardError) }

  private static func write(_ text: String, to stream: FileHandle) {
    do {
      try stream.write(contentsOf: Data(text.utf8))
    } catch {
      // A result that could not be written must not look complete; a lost message harms nothing.
      if stream === FileHandle.standardOutput { exit(ExitStatus.workspace.rawValue) }
    }
  }
}
