import Foundation

@testable import Neural

/// The decoder written as plainly as can be, in double precision, one sequence at a time: what the
/// kernels and their gradients are held against.
struct DecoderReference {
  let config: ModelConfig
  var weights: [String: [Double]]

  init(_ model: LanguageModel) {
    config = model.config
    weights = [:]
    for entry in model.parameters.entries {
      weights[entry.name] = model.parameters.array(entry.name)?.map { Double($0) }
    }
  }

  /// Log-probabilities of the scored tokens of one sequence.
  func logProbs(
    _ tokens: [Int32], scored: [Bool], temperature: Double
  ) -> (logProbs: [Double], entropies: [Double]) {
    let logits = logits(tokens)
    var (logProbs, entropies) = ([Double](), [Double]())
    for i in tokens.indices.dropFirst() where scored[i] {
      let scaled = logits[i - 1].map { $0 / temperature }
      let top = scaled.max() ?? 0
      let sum = log(scaled.reduce(0) { $0 + exp($1 - top) }) + top
      logProbs.append(scaled[Int(tokens[i])] - sum)
      entropies.append(-scaled.reduce(0) { $0 + exp($1 - sum) * ($1 - sum) })
    }
    return (logProbs, entropies)
  }

  /// The scalar head's score of a text.
  func score(_ tokens: [Int32]) -> Double {
    hidden(tokens).last.map { project($0, "score")[0] } ?? 0
  }

  func logits(_ tokens: [Int32]) -> [[Double]] {
    let head = config.tieWordEmbeddings ? "model.embed_tokens" : "lm_head"
    return hidden(tokens).map { project($0, head) }
  }

  /// The final norm's output.
  private func hidden(_ tokens: [Int32]) -> [[Double]] {
    let hidden = config.hiddenSize
    let table = weights["model.embed_tokens.weight", default: []]
    var rows = tokens.map { Array(table[Int($0) * hidden..<(Int($0) + 1) * hidden]) }
    for layer in 0..<config.numHiddenLayers {
      let prefix = "model.layers.\(layer)."
      let normed = rows.map { norm($0, prefix + "input_layernorm.weight") }
      let attended = attention(normed, prefix + "self_attn.")
      for i in rows.indices {
        rows[i] = add(rows[i], project(attended[i], prefix + "self_attn.o_proj"))
        let inner = norm(rows[i], prefix + "post_attention_layernorm.weight")
        let gate = project(inner, prefix + "mlp.gate_proj").map { $0 / (1 + exp(-$0)) }
        let up = project(inner, prefix + "mlp.up_proj")
        let product = zip(gate, up).map { $0 * $1 }
        rows[i] = add(rows[i], project(product, prefix + "mlp.down_proj"))
      }
    }
    return rows.map { norm($0, "model.norm.weight") }
  }

  private func attention(_ rows: [[Double]], _ prefix: String) -> [[Double]] {
    let size = config.headDim
    let group = config.numAttentionHeads / config.numKeyValueHeads
    func heads(_ name: String, norm: String? = nil, rotary: Bool) -> [[[Double]]] {
      rows.enumerated().map { position, row in
        let all = project(row, prefix + name)
        return stride(from: 0, to: all.count, by: size).map {
          var head = Array(all[$0..<$0 + size])
          if let norm, config.queryKeyNorm { head = self.norm(head, prefix + norm) }
          return rotary ? rotate(head, position) : head
        }
      }
    }
    let q = heads("q_proj", norm: "q_norm.weight", rotary: true)
    let k = heads("k_proj", norm: "k_norm.weight", rotary: true)
    let v = heads("v_proj", rotary: false)
    return rows.indices.map { i in
      (0..<config.numAttentionHeads).flatMap { head in
        attend(
          q[i][head], keys: k[0...i].map { $0[head / group] },
          values: v[0...i].map { $0[head / group] })
      }
    }
  }

  private func attend(_ query: [Double], keys: [[Double]], values: [[Double]]) -> [Double] {
    let scale = 1 / Double(query.count).squareRoot()
    let weights = keys.map { key in exp(scale * zip(query, key).reduce(0) { $0 + $1.0 * $1.1 }) }
    let total = weights.reduce(0, +)
    var result = query.map { _ in 0.0 }
    for (weight, value) in zip(weights, values) {
      for i in result.indices { result[i] += weight / total * value[i] }
    }
    return result
  }

  /// Rotary pairs (i, i + size / 2), with angles rounded to 32 bits as the models define them.
  private func rotate(_ head: [Double], _ position: Int) -> [Double] {
    let half = head.count / 2
    var result = head
    for i in 0..<half {
      let exponent = Float(2 * i) / Float(head.count)
      let frequency = stretched(1 / Float(pow(config.ropeTheta, Double(exponent))))
      let angle = Double(Float(position) * frequency)
      result[i] = head[i] * cos(angle) - head[i + half] * sin(angle)
      result[i + half] = head[i + half] * cos(angle) + head[i] * sin(angle)
    }
    return result
  }

  /// Llama 3's scaling: from 1 at short waves to 1 / factor at long ones, straight in the number of
  /// waves that fit the original context.
  private func stretched(_ frequency: Float) -> Float {
    guard let scaling = config.ropeScaling else { return frequency }
    let turns = Double(frequency) * Double(scaling.originalMaxPositionEmbeddings) / (2 * .pi)
    let share = (turns - scaling.lowFreqFactor) / (scaling.highFreqFactor - scaling.lowFreqFactor)
    let kept = min(1, max(0, share))
    return Float(Double(frequency) * (kept + (1 - kept) / scaling.factor))
  }

  private func norm(_ x: [Double], _ name: String) -> [Double] {
    let mean = x.reduce(0) { $0 + $1 * $1 } / Double(x.count)
    let reciprocal = 1 / (mean + config.rmsNormEps).squareRoot()
    return zip(x, weights[name, default: []]).map { $0 * reciprocal * $1 }
  }

  private func project(_ x: [Double], _ name: String) -> [Double] {
    let weight = weights[name + ".weight", default: []]
    let bias = weights[name + ".bias"]
    return (0..<weight.count / x.count).map { row in
      var sum = bias?[row] ?? 0
      for i in x.indices { sum += weight[row * x.count + i] * x[i] }
      return sum
    }
  }

  private func add(_ a: [Double], _ b: [Double]) -> [Double] { zip(a, b).map { $0 + $1 } }
}
