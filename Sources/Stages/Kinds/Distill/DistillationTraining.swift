import Datasets
import Neural
import Randomness
import Text
import Workflow

/// The loop of `distill`: write or take completions, measure, update.
final class DistillationTraining {
  private typealias Text = (prompt: [Int32], completion: [Int32])

  private let config: Distill.Config
  private let context: any StageContext
  private let student: LanguageModel
  private let session: TrainingSession
  private let distillation: Distillation
  private let prompts: PromptSet
  private let held: PromptSet
  private let sampler: RolloutSampler
  private var plan: PhasedPlan
  private let total: Int
  private var state = SupervisedState()

  init(_ config: Distill.Config, in context: any StageContext) throws {
    self.config = config
    self.context = context
    student = try context.model(from: context.resumePoint)
    let teacher = try context.model(context.input("teacher"))
    try requireOneVocabulary(student, teacher, name: context.input("teacher").name)
    prompts = try PromptSet(context.inputs("data"), model: student, log: context.log)
    held = try PromptSet(context.inputs("eval_data"), model: student, log: context.log)
    let plan = try prompts.plan(
      cycle: GenerationCycle(stepsPerGeneration: 1, numIterations: 1),
      promptsPerStep: config.promptsPerStep, seed: context.seed)
    self.plan = plan
    total = config.length.total { plan.steps(epochs: $0) }
    sampler = try RolloutSampler(
      model: student, sampling: config.sampling, seed: context.seed)
    session = try config.optimization.session(
      student, seed: context.seed, from: context.resumePoint)
    distillation = Distillation(session: session, teacher: teacher)
    try tellCut()
    guard let start = context.resumePoint else { return }
    state = try CheckpointFiles.state(SupervisedState.self, in: start)
  }

  func run() throws -> StageOutput {
    try context.eachStep(of: total, unit: "update") { step in
      try CheckpointFiles.training(session, model: student, state: state, step: step)
    } _: { step in
      try update(step)
      if !held.isEmpty, config.length.evaluates(after: step, of: total) {
        context.record(step: step, ["eval_loss": try heldOutLoss()])
      }
    }
    return try CheckpointFiles.output(session, model: student)
  }

  private func update(_ step: Int) throws {
    let (rows, epoch) = plan.batch(step: step)
    if context.isSkipped(step) { return }
    let chosen = try prompts.prompts(rows)
    var draw = RandomStream(seed: context.seed, .onPolicy, UInt64(step))
    let isOnPolicy = draw.uniform() < config.lmbda
    var metrics: [String: Double] = ["on_policy": isOnPolicy ? 1 : 0]
    let texts: [Text]
    if isOnPolicy {
      let rollouts = try sampler.sample(chosen, count: 1, step: step, in: context)
      metrics.merge(RolloutMetrics(rollouts, names: []).values) { $1 }
      texts = rollouts.map { ($0.prompt.tokens, $0.tokens) }
    } else {
      texts = try chosen.map(given)
    }
    let (loss, tokens) = try accumulateGradient(texts)
    let finished = try context.finishUpdate(
      step, loss: loss, session,
      learningRate: config.optimization.learningRate(step: step, of: total),
      clipNorm: config.optimization.clipNorm)
    state.tokens += tokens
    guard config.length.logs(step, of: total) else { return }
    let values = ["loss": loss, "epoch": epoch, "num_tokens": Double(state.tokens)]
    context.record(step: step, metrics.merging(values) { $1 }.merging(finished) { $1 })
  }

  /// The mean divergence over all tokens of completions, with its gradient.
  private func accumulateGradient(_ texts: [Text]) throws -> (loss: Double, tokens: Int) {
    var sum = 0.0
    let scored = texts.reduce(0) { $0 + $1.completion.count }
    let before = context.timer.enter(.forward)
    defer { context.timer.enter(before) }
    try eachMicroBatch("trained", of: texts) { range in
      let values = distillation.accumulate(
        batch(texts[range]), beta: Float(config.beta), temperature: 1,
        coefficient: 1 / Float(max(scored, 1)),
        began: { pass in
          switch pass {
          case .teacher: context.timer.enter(.reference)
          case .forward: context.timer.enter(.forward)
          case .backward: context.timer.enter(.backward)
          }
        })
      sum += values.reduce(0) { $0 + Double($1) }
    }
    let tokens = texts.reduce(scored) { $0 + $1.prompt.count }
    context.timer.count(tokens: tokens)
    return (sum / Double(max(scored, 1)), tokens)
  }

  private func heldOutLoss() throws -> Double {
    let texts = try held.prompts(0..<held.count).map(given)
    var (sum, count) = (0.0, 0)
    try eachMicroBatch(of: texts) { range in
      let values = distillation.score(
        batch(texts[range]), beta: Float(config.beta), temperature: 1)
      sum += values.reduce(0) { $0 + Double($1) }
      count += values.count
    }
    return sum / Double(max(count, 1))
  }

  private func batch(_ texts: ArraySlice<Text>) -> PackedBatch {
    PackedBatch.groups(texts.map { ($0.prompt, [$0.completion]) })
  }

  private func eachMicroBatch(
    _ phase: String? = nil, of texts: [Text], _ body: (Range<Int>) throws -> Void
  ) throws {
    try context.eachMicroBatch(
      phase, rows: texts.map { $0.prompt.count + max($0.completion.count - 1, 0) },
      budget: config.optimization.microBatchTokens, body)
  }

  /// A row's own completion.
  private func given(_ prompt: PreparedPrompt) throws -> Text {
    let text = try whole(prompt)
    return (text.prompt, Array(text.completion.prefix(longest)))
  }

  private func whole(_ prompt: PreparedPrompt) throws -> Text {
    guard prompt.row.row.completion != nil else { throw prompt.row.lacksCompletion }
    return try RowWriter(model: student, source: prompt.row.source).tokens(prompt.row.row)
  }

  /// Tokens of a completion.
  private var longest: Int { config.sampling.maxCompletionLength }

  /// Tells how many rows' own completions, of the first ones of each set, are longer than those that are
  /// sampled may be.
  private func tellCut() throws {
    let sets = config.lmbda < 1 ? [prompts, held] : [held]
    let own = try sets.flatMap { try $0.prompts(0..<min($0.count, DrawnRows.examined)) }
    let all = own.filter { $0.row.row.completion != nil }
    let cut = try all.count { try whole($0).completion.count > longest }
    guard cut > 0 else { return }
    context.log(
      "\(cut) of \(all.count) rows have completions that are truncated at max_completion_length "
        + "(\(longest) tokens)")
  }
}

extension PromptRow {
  /// The error for a row without a completion to train on.
  var lacksCompletion: TrainingError {
    TrainingError(
      .data,
      """
      \(source.place(row)) has no completion; provide rows with completions, or set lmbda: 1 and \
      leave eval_data out
      """)
  }
}

/// Throws unless two models mean the same by every token id.
private func requireOneVocabulary(
  _ student: LanguageModel, _ teacher: LanguageModel, name: String
) throws {
  let (own, theirs) = (student.tokenizer, teacher.tokenizer)
  guard student.config.vocabSize == teacher.config.vocabSize,
    own.vocabularySize == theirs.vocabularySize,
    (0..<Int32(own.vocabularySize)).allSatisfy({ own.token($0) == theirs.token($0) })
  else {
    throw TrainingError(
      .model,
      """
      the teacher '\(name)' and the student have different vocabularies, so their distributions \
      cannot be compared; use generate with the teacher and sft on its output
      """)
  }
}
