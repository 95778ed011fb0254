import ArgumentParser
import Insight
import JSON
import Storage
import Trace

struct SamplesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "samples",
    abstract: "Prints the completions that a run sampled, with the score of each reward.")

  @Argument(help: "An id, a unique prefix, a name, or @last.") var selector: String
  @Argument(help: "Only this stage.") var stage: String?
  @Option(help: "Only this step.") var step: Int?
  @Flag(help: "Only completions with a wrong answer.") var wrong = false
  @Flag(help: "Print JSON lines.") var json = false
  @OptionGroup var global: GlobalOptions

  func run() throws {
    let store = try global.store()
    let run = try store.run(selector: selector)
    if let stage { _ = try store.stage(stage, of: run) }
    try store.samples(run: run.id, stage: stage, step: step, wrongOnly: wrong) { stage, sample in
      if json {
        Output.json(RunDocuments.sample(sample, of: stage))
      } else {
        Output.line(text(sample, of: stage))
      }
    }
  }

  private func text(_ sample: Sample, of stage: String) -> String {
    let rewards = sample.rewards.sorted { $0.key < $1.key }.map { name, reward in
      let result = reward.score.map { Quantity.number($0) } ?? reward.name
      return "\(name) \(result)\(reward.reason.map { " (\($0))" } ?? "")"
    }
    var head = [
      "\(stage), step \(sample.step), prompt \(sample.promptID), sample \(sample.sample)"
    ]
    head.append("\(sample.completion.tokens.count) tokens, \(sample.finishReason)")
    head += rewards
    if let reward = sample.reward { head.append("reward \(Quantity.number(reward))") }
    if let advantage = sample.advantage { head.append("advantage \(Quantity.number(advantage))") }
    let answers = sample.gold.map { gold in
      "=== right answer: \(gold); read: \(sample.parsed ?? "no answer")\n"
    }
    return
      "--- \(head.joined(separator: "; "))\n\(sample.prompt.text)\n>>> \(sample.completion.text)\n"
      + (answers ?? "")
  }
}
