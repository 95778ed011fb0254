import Randomness

/// Completes prompts in one batch that samples enter and leave as they begin and end.
///
/// A prompt is read once for all its samples. In 32-bit floats a completion depends on the
/// weights, the prompt and the sample's stream alone: not on what else is in the batch, on its size
/// or on threads; and its `logProbs` are, bit for bit, what a forward pass over
/// `PackedBatch.groups` gives a session or scorer over `.tokenizer`. Ids that no token has are never
/// drawn.
public final class Generator {
  private let decoder: CachedDecoder
  let cache: KVCache
  private let maxBatch: Int

  /// - Parameter maxBatch: samples drawn at a time; more is faster until memory runs out
  public init(model: LanguageModel, maxBatch: Int) {
    precondition(maxBatch > 0, "a batch of \(maxBatch)")
    self.maxBatch = maxBatch
    decoder = CachedDecoder(model: model, maxBatch: maxBatch)
    cache = KVCache(shape: decoder.shape, layers: model.config.numHiddenLayers)
  }

  /// Draws all samples of all prompts.
  /// - Parameters:
  ///   - shouldStop: called before each step; once it returns true, unfinished samples are dropped
  ///   - began: gets the next phase, reading prompts or drawing tokens
  ///   - finished: takes each completion as it ends, in no particular order
  /// - Throws: `UndefinedLogits` where there is nothing to draw from.
  public func generate(
    _ prompts: [GenerationPrompt], _ options: SamplingOptions,
    shouldStop: () -> Bool = { false }, began: (GenerationPhase) -> Void = { _ in },
    finished: (Completion) -> Void
  ) throws(UndefinedLogits) {
    var run = GenerationRun(prompts, options, decoder: decoder, cache: cache, maxBatch: maxBatch)
    defer { run.leave() }
    while run.isUnfinished && !shouldStop() {
      began(.prefill)
      guard run.admit(shouldStop) else { break }
      began(.decode)
      try run.step(finished)
    }
  }
}

/// What a generator does with its time.
public enum GenerationPhase: Sendable {
  /// Reads prompts.
  case prefill
  /// Draws tokens after them.
  case decode
}

/// One call of `generate`: the waiting samples, the active samples and their prompts.
private struct GenerationRun {
  private let options: SamplingOptions
  private let decoder: CachedDecoder
  private let cache: KVCache
  private let maxBatch: Int
  private var groups: [PromptGroup]
  private var active: [ActiveSample] = []
  /// Samples in their order, and how many of them have entered.
  private let queue: [(prompt: Int, sample: Int, stream: RandomStream)]
  private var entered = 0

  init(
    _ prompts: [GenerationPrompt], _ options: SamplingOptions, decoder: CachedDecoder,
    cache: KVCache, maxBatch: Int
  ) {
    self.options = options
    self.decoder = decoder
    self.cache = cache
    self.maxBatch = maxBatch
    groups = prompts.map { PromptGroup(tokens: $0.tokens, left: $0.samples.count) }
    queue = prompts.enumerated().flatMap { index, prompt in
      prompt.samples.enumerated().map { (index, $0.offset, $0.element) }
    }
  }

  var isUnfinished: Bool { !active.isEmpty || entered < queue.count }

  /// Lets waiting samples in while there is room, and reads the prompts of those that are first of
  /// their group; false when it was stopped meanwhile.
  mutating func admit(_ shouldStop: () -> Bool) -> Bool {
    var unread: [Int] = []
    while active.count < maxBatch && entered < queue.count {
      let (prompt, sample, stream) = queue[entered]
      entered += 1
      var next = ActiveSample(
        prompt: prompt, sample: sample, stream: stream, room: min(options.maxNewTokens, 4096))
      if options.repetitionPenalty != 1 { next.see(groups[prompt].tokens) }
      active.append(next)
      if groups[prompt].lastHidden.isEmpty && unread.last != prompt { unread.append(prompt) }
    }
    return read(unread, shouldStop)
  }

  /// Runs prompts through the model, many in one pass and long ones in several.
  private mutating func read(_ prompts: [Int], _ shouldStop: () -> Bool) -> Bool {
    var pass = DecoderPass()
    for prompt in prompts {
      let tokens = groups[prompt].tokens
      precondition(!tokens.isEmpty, "an empty prompt predicts nothing")
      groups[prompt].blocks = (0..<AttentionShape.blocks(tokens.count)).map { _ in cache.take() }
      var start = 0
      while start < tokens.count {
        if pass.count == CachedDecoder.passRows {
          if shouldStop() { return false }
          finish(&pass)
        }
        let count = min(tokens.count - start, CachedDecoder.passRows - pass.count)
        pass.append(
          tokens[start..<start + count], start: start, prefix: 0, blocks: groups[prompt].blocks)
        start += count
        if start == tokens.count { pass.ends.append((pass.count - 1, prompt)) }
      }
    }
    finish(&pass)
    return true
  }

  /// Runs a pass of prompts and keeps the hidden states of their last rows.
  private mutating func finish(_ pass: inout DecoderPass) {
    if pass.count == 0 { return }
    decoder.run(pass, cache)
    for (row, prompt) in pass.ends { groups[prompt].lastHidden = decoder.hidden(row).array }
    pass = DecoderPass()
  }

  /// Draws one more token of each active sample; those that end with it leave.
  mutating func step(_ finished: (Completion) -> Void) throws(UndefinedLogits) {
    if options.maxNewTokens > 0 { try drawTokens() }
    var staying: [ActiveSample] = []
    staying.reserveCapacity(active.count)
    for sample in active {
      guard let reason = sample.finish(options) else {
        staying.append(sample)
        continue
      }
      cache.give(sample.blocks)
      groups[sample.prompt].left -= 1
      if groups[sample.prompt].left == 0 { release(&groups[sample.prompt]) }
      finished(sample.completion(reason))
    }
    active = staying
  }

  private mutating func drawTokens() throws(UndefinedLogits) {
    var pass = DecoderPass()
    for index in active.indices {
      guard let last = active[index].tokens.last else { continue }
      let group = groups[active[index].prompt]
      let position = active[index].tokens.count - 1
      if position % AttentionShape.block == 0 { active[index].blocks.append(cache.take()) }
      pass.append(
        CollectionOfOne(last), start: position, prefix: group.tokens.count,
        blocks: group.blocks + active[index].blocks)
    }
    decoder.run(pass, cache)
    var row = 0
    for (index, sample) in active.enumerated() {
      if sample.tokens.isEmpty {
        decoder.head(index).copy(from: groups[sample.prompt].lastHidden)
      } else {
        decoder.head(index).copy(from: decoder.hidden(row))
        row += 1
      }
    }
    let draws = decoder.draw(
      uniforms: active.map(\.uniform), seen: active.map(\.seen), options: options)
    for (index, draw) in draws.enumerated() {
      let sample = active[index]
      guard !draw.logProb.isNaN else {
        throw UndefinedLogits(
          prompt: sample.prompt, sample: sample.sample, position: sample.tokens.count)
      }
      active[index].append(draw)
      if options.repetitionPenalty != 1 { active[index].see(CollectionOfOne(draw.token)) }
    }
  }

  /// Gives back what is still held.
  mutating func leave() {
    for sample in active { cache.give(sample.blocks) }
    active = []
    for index in groups.indices { release(&groups[index]) }
  }

  private func release(_ group: inout PromptGroup) {
    cache.give(group.blocks)
    group.blocks = []
    group.lastHidden = []
  }
}
