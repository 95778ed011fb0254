import Foundation

/// The value of an option that takes text: a single `-` means all of standard input.
func textArgument(_ value: String, option: String) throws -> String {
  guard value == "-" else { return value }
  let bytes = try FileHandle.standardInput.readToEnd() ?? Data()
  guard let text = String(data: bytes, encoding: .utf8) else {
    throw CommandError(.badInput, "standard input (\(option) -) is not UTF-8 text")
  }
  return text
}
