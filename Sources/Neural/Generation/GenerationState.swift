import Randomness

/// A prompt whose samples are being drawn: its blocks of keys and values, read by all of them.
struct PromptGroup {
  let tokens: [Int32]
  var blocks: [Int] = []
  /// The final hidden state of its last token, from which each sample's first token is drawn.
  var lastHidden: [Float] = []
  /// Samples that have not ended.
  var left: Int
}

/// A sample that is being drawn.
struct ActiveSample {
  let prompt: Int
  let sample: Int
  let stream: RandomStream
  var blocks: [Int] = []
  var tokens: [Int32] = []
  var logProbs: [Float] = []
  var sampledLogProbs: [Float] = []
  /// Tokens of prompt and completion, each once; kept only for a repetition penalty.
  var seen: [Int32] = []
  private var members: Set<Int32> = []

  init(prompt: Int, sample: Int, stream: RandomStream, room: Int) {
    self.prompt = prompt
    self.sample = sample
    self.stream = stream
    tokens.reserveCapacity(room)
    logProbs.reserveCapacity(room)
    sampledLogProbs.reserveCapacity(room)
  }

  /// The number in 0..<1 that the next token is drawn with.
  var uniform: Double { stream.uniform(at: UInt64(tokens.count)) }

  mutating func append(_ draw: DrawnToken) {
    tokens.append(draw.token)
    logProbs.append(draw.logProb)
    sampledLogProbs.append(draw.sampledLogProb)
  }

  mutating func see(_ tokens: some Sequence<Int32>) {
    for token in tokens where members.insert(token).inserted { seen.append(token) }
  }

  /// Why the sample ends here, if it does.
  func finish(_ options: SamplingOptions) -> Completion.FinishReason? {
    if let last = tokens.last, options.stopTokens.contains(last) { return .stop }
    return tokens.count >= options.maxNewTokens ? .length : nil
  }

  func completion(_ reason: Completion.FinishReason) -> Completion {
    Completion(
      prompt: prompt, sample: sample, tokens: tokens, logProbs: logProbs,
      sampledLogProbs: sampledLogProbs, finishReason: reason)
  }
}
