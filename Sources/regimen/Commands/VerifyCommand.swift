import ArgumentParser
import Insight
import JSON
import Tasks
import Trace

struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Grades an answer with a verifier, as the stages do.",
    discussion: """
      Only the text after the last </think> is graded; while <think> is open there is no answer. \
      The \
      outcome is a score, abstain (the gold answer cannot be parsed) or error; the exit status \
      is 0 for all three. Kinds: \(Verifier.all.map(\.name).joined(separator: ", ")).
      """)

  @Option(help: "How to compare.", transform: verifier)
  var kind: Verifier

  @Option(parsing: .unconditional, help: "The right answer; - reads standard input.")
  var gold: String

  @Option(parsing: .unconditional, help: "The text to grade; - reads standard input.")
  var answer: String

  @Flag(help: "Print {\"outcome\",\"score\",\"parsed\",\"reason\"}.")
  var json = false

  @OptionGroup var global: GlobalOptions

  func validate() throws {
    if gold == "-", answer == "-" {
      throw ValidationError("Only one of --gold and --answer can be standard input.")
    }
  }

  func run() throws {
    let verdict = kind.verify(
      gold: try textArgument(gold, option: "--gold"),
      answer: Thoughts.removed(from: try textArgument(answer, option: "--answer")))
    let outcome = verdict.outcome
    if json {
      Output.json(
        .object([
          ("outcome", .string(outcome.name)), ("score", .optional(outcome.score)),
          ("parsed", .optional(verdict.parsed)), ("reason", .optional(outcome.reason)),
        ]))
      return
    }
    let judgement = outcome.score.map { "score \(Quantity.number($0))" } ?? outcome.name
    let parsed = verdict.parsed.map { "answer read as \($0)" }
    Output.line([judgement, outcome.reason, parsed].compactMap { $0 }.joined(separator: ": "))
  }

  private static func verifier(_ name: String) throws -> Verifier {
    guard let verifier = Verifier.named(name) else {
      let names = Verifier.all.map(\.name).joined(separator: ", ")
      throw ValidationError("There is no kind '\(name)'; there are \(names).")
    }
    return verifier
  }
}
