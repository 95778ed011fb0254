import Foundation
import Testing

@testable import Recipes

@Suite struct ShellTextTests {
  @Test(
    "a word that a shell reads back as it was",
    arguments: [
      "plain", "a b", "it's", "", "$HOME", "stages.rl.x={\"r\":16}", "ä/ö.yaml", "a\\b", "*",
    ])
  func words(text: String) throws {
    let shell = Process()
    shell.executableURL = URL(fileURLWithPath: "/bin/sh")
    shell.arguments = ["-c", "printf %s \(text.shellQuoted)"]
    let output = Pipe()
    shell.standardOutput = output
    try shell.run()
    #expect(
      String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self) == text)
  }

  @Test("what needs no quotes has none")
  func plain() {
    #expect("runs/a-1.yaml".shellQuoted == "runs/a-1.yaml")
    #expect("w s".shellQuoted == "'w s'")
  }
}
