import Recipes

/// Commands of this program as a message shows them: fit to be typed where the message is read.
enum CommandText {
  /// The value of -C, where it was given.
  private static let directory = directory(in: Array(CommandLine.arguments.dropFirst()))

  /// `regimen resume -C DIR NAME`: with the workspace of this command, and quotes where they are needed.
  static func make(_ command: String, _ words: [String]) -> String {
    (["regimen", command] + place + words.map(\.shellQuoted)).joined(separator: " ")
  }

  static func make(_ command: String, _ words: String...) -> String { make(command, words) }

  /// A message with the workspace in the commands that it names between backticks.
  static func completed(_ text: String) -> String {
    guard !place.isEmpty, text.contains("`regimen ") else { return text }
    let parts = text.split(separator: "`regimen ", omittingEmptySubsequences: false)
    return parts.dropFirst().reduce(String(parts.first ?? "")) { text, part in
      let command = part.prefix { $0.isLetter }
      let rest = part.dropFirst(command.count)
      // Some name it already.
      if rest.hasPrefix(" -C ") { return text + "`regimen \(part)" }
      return text + "`regimen \(command) " + place.joined(separator: " ") + rest
    }
  }

  private static var place: [String] { directory.map { ["-C", $0.shellQuoted] } ?? [] }

  static func directory(in arguments: [String]) -> String? {
    for (index, argument) in arguments.enumerated() where argument.hasPrefix("-C") {
      if argument != "-C" { return String(argument.dropFirst(2)) }
      return arguments.indices.contains(index + 1) ? arguments[index + 1] : nil
    }
    return nil
  }
}
