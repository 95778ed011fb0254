public import Foundation
import JSON
import Text

// Adapters as PEFT lays them out: adapter_config.json and adapter_model.safetensors.

extension Adapters {
  public static let configFile = "adapter_config.json"
  public static let weightsFile = "adapter_model.safetensors"

  /// The two files of a folder that PEFT loads onto the model that the adapters began with; equal
  /// adapters give equal bytes. Throws `notFinite` for adapters that diverged.
  public func files() throws -> [String: Data] {
    try parameters.requireFinite(
      "the adapters",
      "they are not written, and the last checkpoint stays; lower learning_rate or max_grad_norm")
    return [Self.configFile: config, Self.weightsFile: try weights]
  }

  /// An adapter_config.json with the name of the model that the adapters are for.
  public static func config(_ data: Data, naming base: String) throws -> Data {
    try JSONParser.parse(data, name: configFile).setting("base_model_name_or_path", .string(base))
      .data
  }

  private var config: Data {
    let targets = options.targetModules.map { JSONValue.string($0.rawValue) }
    return JSONValue.object([
      ("base_model_name_or_path", .null), ("bias", .string("none")),
      ("fan_in_fan_out", .bool(false)), ("inference_mode", .bool(true)),
      ("lora_alpha", .double(options.alpha)), ("lora_dropout", .double(0)),
      ("peft_type", .string("LORA")), ("r", .int(options.rank)),
      ("target_modules", .array(targets)), ("task_type", .string("CAUSAL_LM")),
      ("use_rslora", .bool(options.isRankStabilized)),
    ]).data
  }

  /// A and B of every adapter, B turned back to [rows, rank].
  private var weights: Data {
    get throws {
      let turned = ParameterSet(tensors: [("turned", [parameters.count])])
      let tensors = parameters.entries.map { entry in
        let (source, target) = (parameters.floats[entry.range], turned.floats[entry.range])
        guard Self.isTurned(entry) else { return (Self.name(entry), entry.shape, source) }
        transpose(target, source, rows: entry.shape[0])
        return (Self.name(entry), [entry.shape[1], entry.shape[0]], target)
      }
      return try .copy(of: SafetensorsWriter.write(tensors, as: .f32, of: turned))
    }
  }

  /// Takes over what `files` gave, and merges it into the model; throws for other adapters' or a
  /// broken file.
  public func restore(weights data: Data, into model: LanguageModel) throws {
    let stored = try Safetensors(data, name: Self.weightsFile)
    let tensors = Dictionary(stored.tensors.map { ($0.name, $0) }) { first, _ in first }
    let read = Tensor(count: parameters.count)
    for entry in parameters.entries {
      let shape = Self.isTurned(entry) ? entry.shape.reversed() : entry.shape
      guard let tensor = tensors[Self.name(entry)], tensor.shape == shape else {
        throw ModelError(
          .mismatch,
          "\(Self.weightsFile): '\(Self.name(entry))' of shape \(shape) is missing")
      }
      let (values, target) = (read.floats[entry.range], parameters.floats[entry.range])
      tensor.read(values, from: data)
      if Self.isTurned(entry) {
        transpose(target, values, rows: entry.shape[1])
      } else {
        target.copy(from: values)
      }
    }
    parameters.changed()
    merge(into: model)
  }

  private static func name(_ entry: ParameterSet.Entry) -> String {
    "base_model.model.\(entry.name)"
  }

  private static func isTurned(_ entry: ParameterSet.Entry) -> Bool {
    entry.name.hasSuffix("lora_B.weight")
  }
}

/// target[columns, rows] = sourceᵀ.
private func transpose(_ target: Floats, _ source: Floats, rows: Int) {
  let columns = source.count / rows
  for row in 0..<rows {
    for column in 0..<columns { target[column * rows + row] = source[row * columns + column] }
  }
}
