public import Randomness

/// How tokens are drawn; the defaults draw from the model's own distribution.
///
/// The steps and their order are transformers': repetition penalty, temperature, top-k, top-p,
/// min-p.
public struct SamplingOptions: Sendable, Equatable {
  /// What logits are divided by; 0 takes the most likely token (the lowest id of equals).
  public var temperature: Float = 1
  /// Keeps the most likely tokens until they hold this share of the probability; 1 keeps all.
  public var topP: Float = 1
  /// Keeps this many most likely tokens (and those that equal the last of them); 0 keeps all.
  public var topK = 0
  /// Drops tokens less likely than this share of the most likely one's probability.
  public var minP: Float = 0
  /// Divides the positive logits, and multiplies the negative ones, of tokens that were there
  /// before, in the prompt or since.
  public var repetitionPenalty: Float = 1
  /// Tokens after which a completion that has not stopped ends.
  public var maxNewTokens: Int
  /// A completion ends with the first of these.
  public var stopTokens: [Int32]

  public init(maxNewTokens: Int, stopTokens: [Int32] = []) {
    self.maxNewTokens = maxNewTokens
    self.stopTokens = stopTokens
  }

  /// All values in one call, for callers that have them all.
  public init(
    temperature: Float, topP: Float = 1, topK: Int = 0, minP: Float = 0,
    repetitionPenalty: Float = 1, maxNewTokens: Int, stopTokens: [Int32] = []
  ) {
    self.init(maxNewTokens: maxNewTokens, stopTokens: stopTokens)
    self.temperature = temperature
    self.topP = topP
    self.topK = topK
    self.minP = minP
    self.repetitionPenalty = repetitionPenalty
  }

  /// Some tokens may be dropped before the draw.
  var truncates: Bool { topP < 1 || topK > 0 || minP > 0 }
}

/// A prompt and how often it is completed.
public struct GenerationPrompt: Sendable {
  /// At least one token.
  public var tokens: [Int32]
  /// One stream per completion; its token `t` is drawn with the stream's number at position `t`.
  public var samples: [RandomStream]

  public init(tokens: [Int32], samples: [RandomStream]) {
    self.tokens = tokens
    self.samples = samples
  }
}

/// A model's completion of a prompt.
public struct Completion: Sendable, Equatable {
  public enum FinishReason: String, Sendable {
    /// The last token is a stop token.
    case stop
    /// The limit of new tokens was reached.
    case length
  }

  /// Index of the prompt, and of the sample within it.
  public var prompt: Int
  public var sample: Int
  /// With the stop token.
  public var tokens: [Int32]
  /// Log-probability of each token under softmax(logits / temperature) over the tokens of the
  /// tokenizer (of the plain logits at temperature 0): what a trainer of a policy scores.
  public var logProbs: [Float]
  /// The same under the distribution it was drawn from, after penalty and truncation.
  public var sampledLogProbs: [Float]
  public var finishReason: FinishReason
}
