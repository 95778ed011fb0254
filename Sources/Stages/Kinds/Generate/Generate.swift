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
          What the model is asked, with {prompt}, {completion}, {solution} or {answer} of the row in \
          it; null: the row's prompt.
          """),
        Field(
          "chat", \.chat,
          "Make the request a user's message, rendered with the model's chat template."),
        Field(
          "completion_template", \.completionTemplate,
          """
          What the row's completion becomes, with {generated} in it and what request_template may \
          hold; null: what was generated.
          """),
        Field("dedupe", \.dedupe, "Keep equal completions of a row once."),
        Field(
          "keep_truncated", \.keepTruncated, "Keep completions cut at max_completion_length, too."),
        Field(
          "prompts_per_step", \.promptsPerStep, range: 1...65_536, unit: "prompts",
          "Rows between two points where the stage can be resumed."),
      ]
      // What is written here is not judged.
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
          ConfigProblem("chat", "goes with request_template; a dataset has a key chat of its own"))
      }
      return problems
    }
  }

  static let name = "generate"
  static let revision = 1
  static let samples = true
  static let summary = "Has a model write completions, as a dataset."
  static let inputs = [
    InputPort("model", .model, "The model that writes."),
    InputPort("data", .dataset, multiple: true, "The rows that it writes for."),
  ]
  static let outputs = [OutputPort("data", .dataset, "The rows with what was written.")]

  static func run(_ config: Config, in context: any StageContext) throws -> StageOutput {
    let model = try context.model()
    let request = config.request.map { RowTemplate($0, field: "request_template") }
    let result = RowTemplate(
      config.completionTemplate ?? "{generated}", field: "completion_template")
    let prompts = try PromptSet(
      context.inputs("data"), model: model,
      asking: request.map { request in { try request.prompt(of: $0, chat: config.chat) } },
      log: context.log)
    let sampler = try RolloutSampler(
      model: model, sampling: config.sampling, seed: context.seed)
    var kept = try RowCollection(resuming: context.resumePoint)
    let steps = PromptSteps(prompts, of: config.promptsPerStep)
    try context.eachStep(of: steps.count, unit: "step") { step in
      try CheckpointFiles.checkpoint(of: kept, step: step)
    } _: { step in
      let rollouts = try sampler.sample(
        steps[step], count: config.numGenerations, step: step, in: context)
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
