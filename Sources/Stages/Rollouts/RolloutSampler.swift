import Neural
import Randomness
import Tasks
import Text
import Trace
import Workflow

/// Samples completions and has them scored; completions stored by an interrupted attempt are
/// reused, not sampled again.
struct RolloutSampler {
  let model: LanguageModel
  let generator: Generator
  var options: SamplingOptions
  let rewards: RewardSet
  /// Of the stage; a completion's draws depend on (stage, step, prompt, sample, token) only.
  let random: RandomStream

  init(
    model: LanguageModel, sampling: SamplingConfiguration, rewards: RewardSet = .none,
    seed: UInt64
  ) throws {
    self.model = model
    generator = Generator(model: model, maxBatch: sampling.generationBatchSize)
    options = try sampling.options(model)
    self.rewards = rewards
    random = RandomStream(seed: seed, .completions)
  }

  /// `count` completions of each prompt, in order prompt, sample; throws `StageStopped` between
  /// decode steps, and errors of scoring, after storing finished completions: scored or, if that
  /// was not possible, without scores.
  ///
  /// - Parameter earlier: those of the first prompts, if the step has already sampled them.
  func sample(
    _ prompts: [PreparedPrompt], after earlier: [Rollout] = [], count: Int, step: Int,
    in context: any StageContext
  ) throws -> [Rollout] {
    var done = try storedSome(prompts, count: count, step: step, in: context)
    // Rows of an attempt that ended before this step are no longer live: this attempt takes them
    // over.
    let known = done[earlier.count...].compactMap { $0 }
    for (place, rollout) in earlier.enumerated() { done[place] = rollout }
    if !known.isEmpty { context.record(known.map { row($0, step: step) }) }
    let missing = prompts.indices.flatMap { slot in
      (0..<count).filter { done[slot * count + $0] == nil }.map { (slot, $0) }
    }
    try requireRoom(prompts, maxNewTokens: options.maxNewTokens)
    let work = Dictionary(grouping: missing, by: \.0).sorted { $0.key < $1.key }
    let requests = work.map { slot, samples in
      GenerationPrompt(
        tokens: prompts[slot].tokens,
        samples: samples.map { random.at(UInt64(step), UInt64(slot), UInt64($0.1)) })
    }
    let copies = Self.copies(prompts)
    var ended = done.compactMap { $0 }.filter { !isJudged($0) }
    for rollout in ended { done[rollout.slot * count + rollout.sample] = nil }
    var failure: (any Error)?
    func judgeAndStore() {
      guard failure == nil, !ended.isEmpty else { return }
      let judging = JudgingContext.of(
        context, done: done.count { $0 != nil }, of: done.count)
      let judged: [Rollout]
      (judged, failure) = context.timer.measure(.rewards) {
        judgeInTurn(ended, step: step, judging)
      }
      for rollout in judged { done[rollout.slot * count + rollout.sample] = rollout }
      context.record((judged + ended.dropFirst(judged.count)).map { row($0, step: step) })
      context.progress("scored", done: done.count { $0 != nil }, of: done.count)
      ended = []
    }
    judgeAndStore()
    if !requests.isEmpty, failure == nil {
      try generate(
        requests, for: work.map { prompts[$0.key] }, after: done.count - missing.count, in: context,
        shouldStop: { failure != nil },
        finished: { completion in
          let (slot, samples) = work[completion.prompt]
          let sample = samples[completion.sample].1
          ended.append(
            rollout(
              completion, prompts[slot], slot: slot, sample: sample,
              number: copies[slot] * count + sample))
          if ended.count >= 32 { judgeAndStore() }
        })
    }
    judgeAndStore()
    if let failure { throw failure }
    try context.checkStop()
    return try compared(done.compactMap { $0 }, step: step, in: context)
  }

  /// The result of `sample` before an interruption; throws if rows of it are missing.
  func stored(
    _ prompts: [PreparedPrompt], after earlier: [Rollout] = [], count: Int, step: Int,
    in context: any StageContext
  ) throws -> [Rollout] {
    let done =
      try earlier
      + storedSome(prompts, count: count, step: step, in: context).dropFirst(earlier.count)
      .compactMap { $0 }.filter(isJudged)
    guard done.count == prompts.count * count else {
      throw TrainingError(
        .data,
        "the samples of step \(step), which the checkpoint needs, are not in the database; run the "
          + "stage again with --force \(context.stage)")
    }
    return try compared(done, step: step, in: context)
  }

  /// One completion of each prompt that is scored but not stored: for an evaluation during
  /// training, at `step`.
  func probe(
    _ prompts: [PreparedPrompt], step: Int, in context: any StageContext
  ) throws -> [Rollout] {
    let drawn = try draw(prompts, count: 1, step: 0, in: context)
    let judging = JudgingContext.of(context, of: drawn.count)
    let judged = try context.timer.measure(.rewards) { try judge(drawn, step: step, judging) }
    return try compared(judged, step: step, in: context, storing: false)
  }

  /// `count` completions of each prompt, in order prompt, sample, that are neither scored nor
  /// stored.
  func draw(
    _ prompts: [PreparedPrompt], count: Int, step: Int, in context: any StageContext
  ) throws -> [Rollout] {
    try requireRoom(prompts, maxNewTokens: options.maxNewTokens)
    var done: [Rollout] = []
    let requests = prompts.enumerated().map { slot, prompt in
      GenerationPrompt(
        tokens: prompt.tokens,
        samples: (0..<count).map { random.at(UInt64(step), UInt64(slot), UInt64($0)) })
    }
    try generate(
      requests, for: prompts, in: context,
      finished: { completion in
        let (slot, sample) = (completion.prompt, completion.sample)
        done.append(
          rollout(completion, prompts[slot], slot: slot, sample: sample, number: sample))
      })
    try context.checkStop()
    return done.sorted { ($0.slot, $0.sample) < ($1.slot, $1.sample) }
  }

  /// Generates, telling the timer what it does.
  ///
  /// - Parameters:
  ///   - prompts: of the requests, in their order.
  ///   - known: completions of the step that were sampled before.
  private func generate(
    _ requests: [GenerationPrompt], for prompts: [PreparedPrompt], after known: Int = 0,
    in context: any StageContext, shouldStop: () -> Bool = { false }, finished: (Completion) -> Void
  ) throws {
    let before = context.timer.enter(.prefill)
    defer { context.timer.enter(before) }
    let all = requests.reduce(known) { $0 + $1.samples.count }
    var sampled = known
    do {
      try generator.generate(
        requests, options, shouldStop: { context.shouldStop || shouldStop() },
        began: { phase in
          context.timer.enter(phase == .prefill ? .prefill : .decode)
          context.progress("sampled", done: sampled, of: all)
        },
        finished: { completion in
          sampled += 1
          context.progress("sampled", done: sampled, of: all)
          context.timer.count(tokens: completion.tokens.count)
          finished(completion)
        })
    } catch {
      let row = prompts[error.prompt].row
      throw TrainingError(.model, "\(row.place): \(error)")
    }
  }

  /// Throws when a prompt and its longest completion are beyond the positions that the model knows.
  func requireRoom(_ prompts: [PreparedPrompt], maxNewTokens: Int) throws {
    try prompts.requireRoom(in: model, maxNewTokens: maxNewTokens)
  }

  /// A rollout as it is stored, with its reward and advantage.
  func row(
    _ rollout: Rollout, step: Int, reward: Double? = nil, advantage: Double? = nil
  ) -> Sample {
    rollout.stored(
      step: step, rewards: rewards.named(rollout.rewards), reward: reward, advantage: advantage)
  }

  /// How often the prompt of each place came before.
  private static func copies(_ prompts: [PreparedPrompt]) -> [Int] {
    var seen: [Int: Int] = [:]
    return prompts.map { prompt in
      defer { seen[prompt.row.id, default: 0] += 1 }
      return seen[prompt.row.id, default: 0]
    }
  }

  /// Whether the rewards of single completions have scored it.
  private func isJudged(_ rollout: Rollout) -> Bool {
    rollout.rewards.count == rewards.names.count
  }

  /// The first rollouts with their scores, and the error that ended scoring. With a program they
  /// are scored one by one, so that no answer is lost; the last failures before the end will be
  /// asked about again.
  private func judgeInTurn(
    _ rollouts: [Rollout], step: Int, _ context: JudgingContext
  ) -> (judged: [Rollout], failure: (any Error)?) {
    let size = rewards.entries.contains(where: \.isProgram) ? 1 : rollouts.count
    var judged: [Rollout] = []
    do {
      while judged.count < rollouts.count {
        var told = context
        let before = judged.count
        told.answered = { context.answered(before + $0) }
        judged += try judge(Array(rollouts[before...].prefix(size)), step: step, told)
      }
      return (judged, nil)
    } catch {
      while judged.last?.failed == true { judged.removeLast() }
      return (judged, error)
    }
  }

  private func judge(
    _ rollouts: [Rollout], step: Int, _ context: JudgingContext
  ) throws -> [Rollout] {
    let samples = rollouts.map { $0.judgedSample(maxTokens: options.maxNewTokens) }
    return zip(rollouts, try rewards.judge(samples, step: step, in: context)).map {
      rollout, outcomes in
      var rollout = rollout
      rollout.rewards = outcomes
      return rollout
    }
  }

  /// With the rewards that look at all completions of a prompt, which stand side by side.
  ///
  /// - Parameter storing: whether the outcomes of programs for groups are stored.
  private func compared(
    _ rollouts: [Rollout], step: Int, in context: any StageContext, storing: Bool = true
  ) throws -> [Rollout] {
    guard rewards.comparesGroups else { return rollouts }
    var result = rollouts
    let groups = Dictionary(grouping: rollouts.indices) { rollouts[$0].slot }
    for (number, (_, places)) in groups.sorted(by: { $0.key < $1.key }).enumerated() {
      let judging =
        rewards.asksAboutGroups
        ? JudgingContext.of(context, "groups scored", done: number, of: groups.count) : .none
      let outcomes = try rewards.compare(
        places.map { rollouts[$0].judgedSample(maxTokens: options.maxNewTokens) },
        places.map { rollouts[$0].rewards }, step: step, in: judging)
      for (place, outcomes) in zip(places, outcomes) { result[place].rewards = outcomes }
      if rewards.asksAboutGroups, storing {
        context.record(places.map { row(result[$0], step: step) })
      }
    }
    return result
  }

  /// A finished completion, before it is scored.
  private func rollout(
    _ completion: Completion, _ prompt: PreparedPrompt, slot: Int, sample: Int, number: Int
  ) -> Rollout {
    let finished = completion.finishReason == .stop
    let ids = finished ? Array(completion.tokens.dropLast()) : completion.tokens
    return Rollout(
      prompt: prompt, slot: slot, sample: sample, number: number,
      completion: .completion(
        model.tokenizer.decode(ids), tokens: completion.tokens, logProbs: completion.logProbs),
      finished: finished, rewards: [])
  }

  /// The rows of this step that an interrupted attempt stored, by slot and sample, without rewards
  /// if they were not scored; rows that this recipe would not have made are ignored.
  private func storedSome(
    _ prompts: [PreparedPrompt], count: Int, step: Int, in context: any StageContext
  ) throws -> [Rollout?] {
    var done = [Rollout?](repeating: nil, count: prompts.count * count)
    let slots = Dictionary(grouping: prompts.indices) { prompts[$0].row.id }
    for row in try context.storedSamples(step: step) {
      let (copy, sample) = row.sample.quotientAndRemainder(dividingBy: count)
      guard let copies = slots[row.promptID], copy < copies.count,
        row.prompt.tokens == prompts[copies[copy]].tokens,
        let outcomes = rewards.outcomes(
          row.rewards, type: prompts[copies[copy]].row.type, step: step)
          ?? (row.rewards.isEmpty ? [] : nil)
      else { continue }
      let slot = copies[copy]
      done[slot * count + sample] = Rollout(
        prompt: prompts[slot], slot: slot, sample: sample, number: row.sample,
        completion: row.completion, finished: row.finishReason == "stop",
        rewards: outcomes)
    }
    return done
  }
}
