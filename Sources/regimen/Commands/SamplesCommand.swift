import ArgumentParser
import Insight
import Storage

struct SamplesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "samples",
    abstract: "Prints the completions that a run sampled, with what each reward made of them.")

  @Argument(help: "An id, a unique prefix, a name, or @last.") var selector: String
  @Argument(help: "Only this stage.") var stage: String?
  @Option(help: "Only this step.") var step: Int?
  @Flag(help: "Only those whose answer is wrong.") var wrong = false
  @Flag(help: "Print JSON lines.") var json = false
  @OptionGroup var global: GlobalOptions

  func run() throws {
    let store = try global.store()
    let run = try store.run(selector: selector)
    if let stage { _ = try store.stage(stage, of: run) }
    try store.samples(run: run.id, stage: stage, step: step, wrongOnly: wrong) { sample in
      if json {
        Output.json(try RunDocuments.sample(sample))
      } else {
        Output.line(try text(sample))
      }
    }
  }

  private func text(_ sample: SampleRecord) throws -> String {
    let rewards = try RunDocuments.rewards(of: sample).map { name, reward in
      let result = reward.score.map { Quantity.number($0) } ?? reward.outcome
      return "\(name) \(result)\(reward.reason.map { " (\($0))" } ?? "")"
    }
    var head = [
      "\(sample.stage), step \(sample.step), prompt \(sample.promptID), sample \(sample.sample)"
    ]
    head.append("\(sample.completionIDs.count) tokens, \(sample.finishReason)")
    head += rewards
    if let reward = sample.reward { head.append("reward \(Quantity.number(reward))") }
    if let advantage = sample.advantage { head.append("advantage \(Quantity.number(advantage))") }
    let answers = sample.gold.map { gold in
      "=== right answer: \(gold); read: \(sample.parsed ?? "no answer")\n"
    }
    return "--- \(head.joined(separator: "; "))\n\(sample.prompt)\n>>> \(sample.completion)\n"
      + (answers ?? "")
  }
}
