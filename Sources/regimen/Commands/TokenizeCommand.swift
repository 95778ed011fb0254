import ArgumentParser
import Insight
import JSON
import Neural
import Text

struct TokenizeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokenize",
    abstract: "Shows the tokens of a text.",
    discussion: "Special tokens in the text are recognised; none are added.")

  @Option(help: ArgumentHelp("A GGUF file, a Hugging Face folder, or RUN/STAGE.", valueName: "m"))
  var model: String

  @Option(parsing: .unconditional, help: "The text; - reads standard input.")
  var text: String

  @Flag(help: "Print {\"ids\",\"tokens\"}.")
  var json = false

  @OptionGroup var global: GlobalOptions

  func run() throws {
    let tokenizer = try ModelArgument(model, global).tokenizer()
    let ids = try tokenizer.encode(try textArgument(text, option: "--text"))
    if json {
      let tokens = ids.map { JSONValue.string(tokenizer.token($0)) }
      Output.json(.object([("ids", .ids(ids)), ("tokens", .array(tokens))]))
      return
    }
    var table = TextTable([.right("id"), "token"])
    for id in ids { table.add([String(id), tokenizer.token(id)]) }
    if !ids.isEmpty { Output.line(table.render()) }
    global.console.note("\(ids.count) tokens")
  }
}
