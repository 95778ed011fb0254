import ArgumentParser
import Datasets
import Insight
import JSON
import Neural
import Randomness
import Stages
import Text

struct GenerateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate",
    abstract: "Samples completions of a prompt, or a reply in a chat.",
    discussion: """
      One line per sample: the new ids (with the stop token, if one ended it), the text without \
      it, and whether it ended with a stop token (stop) or at --max-new-tokens (length). Sample i \
      depends only on --seed and i.
      """)

  @OptionGroup var options: ModelOptions

  @Option(parsing: .unconditional, help: "The text to continue; - reads standard input.")
  var prompt: String?

  @Option(
    help: ArgumentHelp(
      """
      A JSON list of messages, {\"role\",\"content\"} and any other keys that the model's chat \
      template reads; a last message of the assistant is continued. Or {\"messages\",\"tools\"}.
      """,
      valueName: "f.json"))
  var chat: String?

  @OptionGroup(title: "Sampling") var sampling: SamplingFlags

  @Flag(help: "Print JSON lines {\"ids\",\"text\",\"finish_reason\"}.")
  var json = false

  @OptionGroup var global: GlobalOptions

  func validate() throws {
    if (prompt == nil) == (chat == nil) {
      throw ValidationError("Give one of --prompt and --chat.")
    }
  }

  func run() throws {
    let precision = try options.precision.resolved()
    let model = try ModelArgument(options.model, adapter: options.adapter, global).load()
    model.precision = precision
    let ids = try model.tokenizer.encode(promptText(model))
    guard !ids.isEmpty else {
      throw CommandError(.usage, "the prompt has no tokens, so there is nothing to continue")
    }
    let seed = UInt64(bitPattern: Int64(sampling.seed))
    let streams = (0..<sampling.numSamples).map { RandomStream(seed: seed, UInt64($0)) }
    let generator = Generator(model: model, maxBatch: min(sampling.numSamples, 64))
    var printer = InOrder { show($0, model) }
    try generator.generate(
      [GenerationPrompt(tokens: ids, samples: streams)],
      sampling.options(stopTokens: model.eosTokenIDs)
    ) { printer.add($0.sample, $0) }
  }

  private func promptText(_ model: LanguageModel) throws -> String {
    if let prompt { return try textArgument(prompt, option: "--prompt") }
    guard let chat else { return "" }
    let file: ChatFile
    do {
      file = try ChatFile(InputFile.read(chat), name: chat)
    } catch let error as DatasetError {
      throw CommandError(.badInput, error.description)
    }
    guard let text = try ChatPrompt.text(of: file, for: model) else {
      throw CommandError(.badInput, "\(options.model) has no chat template; use --prompt")
    }
    for key in ChatPrompt.unread(of: file, by: model) {
      global.console.note("\(chat): the model's chat template does not read '\(key)'")
    }
    return text
  }

  private func show(_ completion: Completion, _ model: LanguageModel) {
    let stopped = completion.finishReason == .stop
    let text = model.tokenizer.decode(stopped ? completion.tokens.dropLast() : completion.tokens)
    guard json else { return Output.line(text) }
    Output.json(
      .object([
        ("ids", .ids(completion.tokens)), ("text", .string(text)),
        ("finish_reason", .string(stopped ? "stop" : "length")),
      ]))
  }
}

/// How tokens are drawn.
struct SamplingFlags: ParsableArguments {
  @Option(help: "Divides the logits; 0 takes the likeliest token.")
  var temperature = 1.0
  @Option(name: .customLong("top-p"), help: "Keep the likeliest tokens up to this probability.")
  var topP = 1.0
  @Option(name: .customLong("top-k"), help: "Keep this many of the likeliest tokens; 0: all.")
  var topK = 0
  @Option(
    name: .customLong("min-p"),
    help: "Keep tokens at least this likely relative to the likeliest.")
  var minP = 0.0
  @Option(help: "Divides the logits of tokens that have occurred.")
  var repetitionPenalty = 1.0
  @Option(help: ArgumentHelp("The most tokens to sample.", valueName: "n"))
  var maxNewTokens = 256
  @Option(help: ArgumentHelp("How many samples.", valueName: "n"))
  var numSamples = 1
  @Option(parsing: .unconditional, help: "Which samples: the same seed gives the same ones.")
  var seed = 0

  func validate() throws {
    let checks: [(Bool, String)] = [
      (temperature >= 0 && temperature.isFinite, "--temperature must be 0 or more."),
      (topP > 0 && topP <= 1, "--top-p must be above 0, up to 1."),
      (topK >= 0, "--top-k must be 0 or more."),
      (minP >= 0 && minP <= 1, "--min-p must be from 0 to 1."),
      (
        repetitionPenalty > 0 && repetitionPenalty.isFinite, "--repetition-penalty must be above 0."
      ),
      (maxNewTokens > 0, "--max-new-tokens must be 1 or more."),
      (numSamples > 0, "--num-samples must be 1 or more."),
    ]
    for (holds, message) in checks where !holds { throw ValidationError(message) }
  }

  func options(stopTokens: [Int32]) -> SamplingOptions {
    SamplingOptions(
      temperature: Float(temperature), topP: Float(topP), topK: topK, minP: Float(minP),
      repetitionPenalty: Float(repetitionPenalty), maxNewTokens: maxNewTokens,
      stopTokens: stopTokens)
  }
}
