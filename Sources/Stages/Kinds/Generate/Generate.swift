import Datasets
import Neural
import Recipes
import Settings
import Tasks
import Workflow

/// Has a model write completions of rows: cold-start traces, a teacher's samples, or rows rewritten
/// by a template (a translation, a summary of the thoughts).
struct Generate: StageKind {
  struct Config: Configuration {
    var numGenerations = 1
    var request: String?
    var chat = false
    var completionTemplate: String?
    var dedupe = true
    var keepTruncated = false
    var promptsPerStep = 32
    var rules = RowRules()
    var sampling = SamplingConfiguration()

    static let fields: [Field<Self>] =
      [
        Field(
          "num_generations", \.numGenerations, range: 1...4096, unit: "completions",
          "Completions written for each row."),
        Field(
          "request_template", \.request,
          """
          The question to the model, with {prompt}, {completion}, {solution} or {answer} of the \
          row in it; null: the row's prompt.
          """),
        Field(
          "chat", \.chat,
          "Send the request as a user message, rendered with the model's chat template."),
        Field(
          "completion_template", \.completionTemplate,
          """
          The row's new completion, with {generated} in it and the placeholders of \
          request_template; null: the generated text.
          """),
        Field("dedupe", \.dedupe, "Keep only one of equal completions of a row."),
        Field(
          "keep_truncated", \.keepTruncated,
          "Also keep completions truncated at "
            + "max_completion_length."),
        Field(
          "prompts_per_step", \.promptsPerStep, range: 1...65_536, unit: "prompts",
          "Rows between two points at which the stage can be resumed."),
      ]
      // Completions here are not scored.
      + RowRules.fields.filter { !$0.description.name.hasSuffix("_accuracy") }
      .map { $0.lifted(to: \.rules) }
      + SamplingConfiguration.fields.map { $0.lifted(to: \.sampling) }

    var problems: [ConfigProblem] {
      var problems = rules.problems
      let templates = [
        ("request_template", request, RowTemplate.placeholders),
        ("completion_template", completionTemplate, ["generated"] + RowTemplate.placeholders),
      ]
      for case (let field, let text?, let names) in templates {
        if let problem = RowTemplate.problem(text, names: names) {
          problems.append(ConfigProblem(field, problem))
        }
      }
      if chat, request == nil {
        problems.append(
          ConfigProblem("chat", "needs request_template; a dataset has its own key chat"))
      }
      return problems
    }
  }

  static let name = "generate"
  static let revision = 1
  static let samples = true
  static let summary = "Has a model write completions, and makes a dataset of them."
  static let inputs = [
    InputPort("model", .model, "The model that writes."),
    InputPort("data", .dataset, multiple: true, "The rows that it writes for."),
  ]
  static let outputs = [OutputPort("data", .dataset, "The rows with the new completions.")]
  static let metrics: [MetricDescription] =
    [
      MetricDescription(
        "samples", unit: "completions", basis: .sampled, "Completions written so far.")
    ] + RowCollection.metrics(.sampled, unit: "completions", of: "samples")
    + RolloutMetrics.completions

  static func run(_ config: Config, in context: any StageContext) throws -> StageOutput {
    let request = config.request.map { RowTemplate($0, field: "request_template") }
    let result = RowTemplate(
      config.completionTemplate ?? "{generated}", field: "completion_template")
    let sampling = try PromptSampling(
      config.sampling,
      asking: request.map { request in { try request.prompt(of: $0, chat: config.chat) } },
      in: context)
    var kept = try RowCollection(resuming: context.resumePoint)
    let steps = PromptSteps(sampling.prompts, of: config.promptsPerStep)
    try sampling.eachStep(steps, count: config.numGenerations) {
      kept
    } _: { step, rollouts in
      for start in stride(from: 0, to: rollouts.count, by: config.numGenerations) {
        try kept.add(rollouts[start..<start + config.numGenerations], result, config)
      }
      context.record(
        step: step, RolloutMetrics(rollouts, names: []).values.merging(kept.metrics) { $1 })
    }
    context.log(kept.summary)
    return StageOutput([
      "data": try kept.artifact(
        remedy: "loosen the rules, raise max_completion_length or num_generations")
    ])
  }
}

extension RowCollection {
  /// The completions of one row.
  fileprivate mutating func add(
    _ group: ArraySlice<Rollout>, _ result: RowTemplate, _ config: Generate.Config
  ) throws {
    var seen: Set<String> = []
    for rollout in group {
      count("samples")
      let original = rollout.prompt.row.row
      let row = rollout.prompt.row.completed(
        try rollout.prompt.row.source.located(original) {
          try result.filled(original, generated: rollout.whole)
        })
      let completion = row.completion ?? ""
      var sample = rollout.prompt.row.rewardSample(
        completion: completion, finished: rollout.finished)
      sample.prefix = original.prefix
      if !config.keepTruncated, !rollout.finished {
        drop("truncated")
      } else if let reason = config.rules.reasonToDrop(sample) {
        drop(reason)
      } else if config.dedupe, !seen.insert(completion).inserted {
        drop("duplicate")
      } else {
        keep(row, tokens: rollout.tokens.count, source: rollout.prompt.row.dataset)
      }
    }
  }
}
