import CMath
import Foundation
public import Host
import Text

extension LanguageModel {
  /// Adds the low-rank adapters of a folder that PEFT saved to the weights, as `merge_and_unload` does:
  /// W + scale · (B · A).
  ///
  /// Throws `ModelError` for files that are missing or broken or made for another model, and for
  /// whatever of PEFT changes the arithmetic and is not supported.
  public func merge(adapter path: String, in files: any FileAccess) throws {
    guard files.status(path) != nil else { return try merge(adapter: path) { _ in nil } }
    try merge(adapter: path, file: CheckpointPath(path, in: files).file)
  }

  /// The same of files by their names; `name` begins the messages.
  func merge(adapter name: String, file: (String) throws -> Data?) throws {
    func required(_ path: String) throws -> Data {
      guard let data = try file(path) else {
        throw ModelError(
          .missingFile, "\(name): there is no \(path); give a folder that PEFT saved")
      }
      return data
    }
    let config = try AdapterConfig.read(
      required(Adapters.configFile), name: "\(name)/\(Adapters.configFile)")
    let weights = try required(Adapters.weightsFile)
    try AdapterMerge(model: self, config: config, weights: weights, name: name).run()
    try parameters.requireFinite(
      name,
      "the adapters' product with their base is too large; use other adapters or another base")
    parameters.changed()
  }
}

/// The merge of one adapter file into one model.
private struct AdapterMerge {
  private let model: LanguageModel
  private let config: AdapterConfig
  private let file: Safetensors
  private let name: String

  init(model: LanguageModel, config: AdapterConfig, weights: Data, name: String) throws {
    self.model = model
    self.config = config
    self.name = name
    file = try Safetensors(weights, name: "\(name)/\(Adapters.weightsFile)")
  }

  private struct Pair {
    var a: StoredTensor?
    var b: StoredTensor?
  }

  func run() throws {
    let pairs = try pairs()
    try requireTargets(Set(pairs.keys))
    for (module, pair) in pairs.sorted(by: { $0.key < $1.key }) { try merge(module, pair) }
  }

  /// A and B of each matrix, by its name without `.weight`.
  private func pairs() throws -> [String: Pair] {
    var pairs: [String: Pair] = [:]
    for tensor in file.tensors where !isOfBase(tensor) {
      guard tensor.name.hasPrefix(Self.prefix),
        let side = Self.sides.first(where: { tensor.name.hasSuffix($0) })
      else { throw failure(.unsupported, "the tensor '\(tensor.name)' is not supported") }
      let module = String(tensor.name.dropFirst(Self.prefix.count).dropLast(side.count))
      guard model.parameters.hasMatrix("\(module).weight") else {
        throw failure(
          .mismatch,
          "'\(tensor.name)' is for '\(module).weight', for which the base has no separate matrix; "
            + "give the base that the adapters were trained on")
      }
      if side == Self.sides[0] { pairs[module, default: Pair()].a = tensor }
      if side == Self.sides[1] { pairs[module, default: Pair()].b = tensor }
    }
    guard !pairs.isEmpty else { throw failure(.brokenFile, "it contains no adapters") }
    return pairs
  }

  /// Whether it is an unchanged weight of the base: PEFT saves the output layer and the embedding
  /// together with their adapters.
  private func isOfBase(_ tensor: StoredTensor) -> Bool {
    guard tensor.name.hasPrefix(Self.prefix) else { return false }
    let name = tensor.name.dropFirst(Self.prefix.count).replacing(".base_layer.", with: ".")
    guard let entry = model.parameters.entries.first(where: { $0.name == name }),
      entry.shape == tensor.shape
    else { return false }
    let values = Tensor(count: tensor.elements)
    tensor.read(values.floats, from: file.data)
    return values.floats.array == model.parameters.floats[entry.range].array
  }

  private static let prefix = "base_model.model."
  private static let sides = [".lora_A.weight", ".lora_B.weight"]

  /// Every matrix that `target_modules` names must have its adapters.
  private func requireTargets(_ found: Set<String>) throws {
    for entry in model.parameters.entries where entry.name.hasSuffix(".weight") {
      let module = String(entry.name.dropLast(".weight".count))
      let isTarget = config.targets.contains { module == $0 || module.hasSuffix(".\($0)") }
      if isTarget, entry.shape.count == 2, !found.contains(module) {
        throw failure(
          .mismatch, "target_modules names '\(module)', and the file has no adapter for it")
      }
    }
  }

  private func merge(_ module: String, _ pair: Pair) throws {
    let entry = model.parameters.entry("\(module).weight")
    let (rows, width, rank) = (entry.shape[0], entry.shape[1], config.rank)
    guard let a = pair.a, let b = pair.b, a.shape == [rank, width], b.shape == [rows, rank] else {
      throw failure(
        .mismatch,
        "the adapter of '\(module)' must have lora_A of shape [\(rank), \(width)] and lora_B of "
          + "[\(rows), \(rank)]; it has \(pair.a?.shape ?? []) and \(pair.b?.shape ?? [])")
    }
    let memoryA = Tensor(count: a.elements)
    let memoryB = Tensor(count: b.elements)
    try read(a, into: memoryA.floats)
    try read(b, into: memoryB.floats)
    add(
      model.parameters.floats[entry.range], memoryA.floats, memoryB.floats, width: width,
      rank: rank, scale: config.scale)
  }

  private func read(_ tensor: StoredTensor, into values: Floats) throws {
    guard !tensor.read(values, from: file.data) else { return }
    try values.requireFinite(
      "\(name)/\(Adapters.weightsFile)", tensor.name,
      "the adapters are damaged or their training diverged; use other ones")
  }

  private func failure(_ code: ModelError.Code, _ text: String) -> ModelError {
    ModelError(code, "\(name)/\(Adapters.weightsFile): \(text)")
  }
}

/// weight += scale (B A), row by row.
private func add(
  _ weight: Floats, _ a: Floats, _ b: Floats, width: Int, rank: Int, scale: Float
) {
  Parallel.chunks(weight.count / width, grain: Parallel.grain(width: width * rank)) { range in
    for row in range {
      let target = weight.row(row, width: width)
      eachVector(width) { i, count in
        var sum = SIMD16<Float>.zero
        for k in 0..<rank {
          sum = multiply_add16(
            SIMD16(repeating: b[row &* rank &+ k]), a.load16(k &* width &+ i, count: count), sum)
        }
        target.store16(target.load16(i, count: count) + sum * scale, i, count: count)
      }
    }
  }
}

extension ParameterSet {
  /// Whether there is a matrix of that name.
  fileprivate func hasMatrix(_ name: String) -> Bool {
    entries.contains { $0.name == name && $0.shape.count == 2 }
  }
}
