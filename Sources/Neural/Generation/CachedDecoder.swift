/// The decoder over cached keys and values: a step is the layers that training runs, over one row
/// for each sample (or the rows of prompts), and the head over those rows that a token is drawn from.
final class CachedDecoder {
  let shape: AttentionShape
  private let model: LanguageModel
  private let sizes: DecoderSizes
  private let maxBatch: Int
  private let workspace: DecoderWorkspace
  private var rotary: RotaryTable
  /// [maxBatch, vocabulary]
  private let logits: Tensor
  private let samplerScratch: Tensor
  /// [maxBatch, 3]
  private let results: Tensor

  /// Rows of prompts that go through together: enough for the matrix products to run at full speed.
  static let passRows = 512
  /// The most chunks that the rows to sample from are divided into, each with its own scratch
  /// memory.
  private static let mostChunks = 16

  init(model: LanguageModel, maxBatch: Int) {
    self.model = model
    self.maxBatch = maxBatch
    sizes = DecoderSizes(model.config)
    shape = sizes.attention(model.precision)
    workspace = DecoderWorkspace(sizes: sizes, keeping: .none)
    workspace.reserve(rows: max(Self.passRows, maxBatch), scored: maxBatch)
    rotary = RotaryTable(model.config, positions: 256)
    logits = Tensor(count: maxBatch * sizes.vocabulary)
    let sampler = Sampler(options: SamplingOptions(maxNewTokens: 1), vocabulary: sizes.vocabulary)
    samplerScratch = Tensor(count: Self.mostChunks * sampler.scratchSize)
    results = Tensor(count: maxBatch * 3)
  }

  /// Runs the rows of a pass through all layers; `hidden` has what they come to.
  func run(_ pass: DecoderPass, _ cache: KVCache) {
    if pass.count == 0 { return }
    model.packed.refresh(model.parameters)
    rotary = rotary.reaching(pass.positions.max() ?? 0, config: model.config)
    let step = CacheStep(pass.runs, shape: shape)
    let table = step.table(cache)
    let scratch = workspace.attentionScratch(CacheStep.scratch(shape))
    gatherRows(
      workspace.stream(0, rows: pass.count), from: model.parameters["model.embed_tokens.weight"],
      at: pass.tokens, width: sizes.hidden)
    for index in 0..<sizes.layers {
      Decoder.layer(index, of: model, sizes: sizes, operands: workspace.operands).forward(
        workspace.layer(index, rows: pass.count, model.precision), positions: pass.positions,
        rotary: rotary
      ) { a in
        let (q, k, end) = (sizes.queries, sizes.keys, a.queryKeyValue.count)
        step.attend(
          a.attended, query: a.queryKeyValue, key: a.queryKeyValue[q..<end],
          value: a.queryKeyValue[q + k..<end], stride: sizes.projected, layer: index,
          table: table, scratch: scratch)
      }
    }
  }

  /// What a row of the last pass came to, before the final norm: [hidden].
  func hidden(_ row: Int) -> Floats {
    workspace.stream(sizes.layers, rows: row + 1).row(row, width: sizes.hidden)
  }

  /// Where the hidden state goes that `draw` draws entry `index` from: [hidden].
  func head(_ index: Int) -> Floats {
    workspace.head(entries: maxBatch).hidden.row(index, width: sizes.hidden)
  }

  /// Draws a token for each entry, given its number in 0..<1 and the tokens it has seen.
  func draw(uniforms: [Double], seen: [[Int32]], options: SamplingOptions) -> [DrawnToken] {
    let count = uniforms.count
    let normed = workspace.final(rows: count)
    rmsNorm(
      Operand(normed.hidden), normed.reciprocals, workspace.head(entries: count).hidden,
      weight: model.parameters["model.norm.weight"], epsilon: sizes.epsilon, rows: count)
    model.packed.refresh(model.parameters)
    let sampler = Sampler(options: options, vocabulary: sizes.vocabulary)
    let (logits, scratch, results) = (logits.floats, samplerScratch.floats, results.floats)
    let hidden = workspace.operands.operand(normed.hidden, model.precision, .input)
    matmul(logits, hidden, model.packed.head, rows: count)
    model.unnamedRows.apply(logits, rows: count, width: sampler.vocabulary)
    let grain = (count + Self.mostChunks - 1) / Self.mostChunks
    Parallel.chunks(count, grain: max(1, grain)) { entries in
      let scratch = scratch.row(entries.lowerBound / grain, width: sampler.scratchSize)
      for entry in entries {
        let draw = sampler.draw(
          logits.row(entry, width: sampler.vocabulary), seen: seen[entry],
          uniform: uniforms[entry], scratch: scratch)
        // Ids are below 2^20, so a float holds them.
        results[entry * 3] = Float(draw.token)
        results[entry * 3 + 1] = draw.logProb
        results[entry * 3 + 2] = draw.sampledLogProb
      }
    }
    return (0..<count).map { entry in
      DrawnToken(
        token: Int32(results[entry * 3]), logProb: results[entry * 3 + 1],
        sampledLogProb: results[entry * 3 + 2])
    }
  }
}
