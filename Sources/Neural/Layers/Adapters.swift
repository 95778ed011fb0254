import CMath
import Randomness

/// Low-rank adapters of a model's matrices: W = W₀ + scale · B · A, of which A and B are trained and W₀
/// is not (LoRA; Hu et al., arXiv 2106.09685).
///
/// The model always holds the merged W, computed again after each update: generation, scoring and
/// training read one set of weights, as without adapters, and need no further
/// products. The gradients of A and B
/// come from a layer's input and the gradient of its output, so that the gradient of W never exists.
public final class Adapters {
  /// The adapters of a layer, by product.
  struct Layer {
    var queryKeyValue: [LowRankPlace] = []
    var output: [LowRankPlace] = []
    var gateUp: [LowRankPlace] = []
    var down: [LowRankPlace] = []
  }

  let options: LoRAOptions
  /// A and Bᵀ of every adapter: that B is turned lets one kernel serve both.
  let parameters: ParameterSet
  let layers: [Layer]
  let memory = LowRankMemory()
  private let frozen: Tensor

  /// Adapters that change nothing yet: A uniform within ±1/√inputs, as PEFT begins, and B zero.
  public init(of model: LanguageModel, options: LoRAOptions, seed: UInt64) {
    self.options = options
    let builder = AdapterLayout(model.parameters, options, layers: model.config.numHiddenLayers)
    (parameters, layers) = (ParameterSet(tensors: builder.tensors), builder.layers)
    frozen = Tensor(count: builder.frozenCount)
    for (index, place) in places.enumerated() {
      frozen.floats[place.frozen].copy(from: model.parameters.floats[place.weight])
      var random = RandomStream(seed: seed, .adapterWeights, UInt64(index))
      let bound = 1 / Double(place.inputs).squareRoot()
      let a = parameters.floats[place.a]
      for i in 0..<a.count { a[i] = Float((2 * random.uniform() - 1) * bound) }
    }
    parameters.changed()
  }

  private var places: [LowRankPlace] {
    layers.flatMap { $0.queryKeyValue + $0.output + $0.gateUp + $0.down }
  }

  /// Writes W₀ + scale · B · A over the model's matrices.
  func merge(into model: LanguageModel) {
    let weights = model.parameters.floats
    for layer in layers {
      for places in [layer.queryKeyValue, layer.output, layer.gateUp, layer.down] {
        for place in places { merge(place, into: weights[place.weight]) }
      }
    }
    model.parameters.changed()
  }

  private func merge(_ place: LowRankPlace, into weight: Floats) {
    let (a, b) = (parameters.floats[place.a], parameters.floats[place.b])
    let (base, scale, rank) = (frozen.floats[place.frozen], options.scale, options.rank)
    let (width, rows) = (place.inputs, place.rows.count)
    Parallel.chunks(rows, grain: Parallel.grain(width: width)) { range in
      for row in range {
        let (target, source) = (weight.row(row, width: width), base.row(row, width: width))
        eachVector(width) { i, count in
          var sum = source.load16(i, count: count)
          for k in 0..<rank {
            sum = multiply_add16(
              SIMD16(repeating: scale * b[k &* rows &+ row]),
              a.load16(k &* width &+ i, count: count), sum)
          }
          target.store16(sum, i, count: count)
        }
      }
    }
  }
}

/// Where the adapters of a model lie, tensor after tensor.
private struct AdapterLayout {
  var tensors: [(name: String, shape: [Int])] = []
  var layers: [Adapters.Layer] = []
  var frozenCount = 0
  private var end = 0
  private let model: ParameterSet
  private let options: LoRAOptions

  init(_ model: ParameterSet, _ options: LoRAOptions, layers count: Int) {
    (self.model, self.options) = (model, options)
    for index in 0..<count {
      var layer = Adapters.Layer()
      for module in options.targetModules {
        let joint = model.layers[index]
        switch module {
        case .query, .key, .value:
          layer.queryKeyValue.append(place(module, index, in: joint.queryKeyValue))
        case .output: layer.output.append(place(module, index, in: joint.output))
        case .gate, .up: layer.gateUp.append(place(module, index, in: joint.gateUp))
        case .down: layer.down.append(place(module, index, in: joint.down))
        }
      }
      layers.append(layer)
    }
  }

  /// - Parameter joint: the matrix that one product reads, of which the module's is a part.
  private mutating func place(
    _ module: LoRAOptions.TargetModule, _ layer: Int, in joint: Range<Int>
  ) -> LowRankPlace {
    let name = "model.layers.\(layer).\(module.path)"
    let entry = model.entry("\(name).weight")
    let (rows, inputs) = (entry.shape[0], entry.shape[1])
    let first = (entry.range.lowerBound - joint.lowerBound) / inputs
    let a = tensor("\(name).lora_A.weight", [options.rank, inputs])
    let b = tensor("\(name).lora_B.weight", [options.rank, rows])
    defer { frozenCount += rows * inputs }
    return LowRankPlace(
      rows: first..<first + rows, inputs: inputs, a: a, b: b, weight: entry.range,
      frozen: frozenCount..<frozenCount + rows * inputs)
  }

  private mutating func tensor(_ name: String, _ shape: [Int]) -> Range<Int> {
    tensors.append((name, shape))
    defer { end += shape[0] * shape[1] }
    return end..<end + shape[0] * shape[1]
  }
}
