public import Foundation
public import Host
import Text

extension LanguageModel {
  /// The weights alone, as safetensors under Hugging Face's names; read when the file is written.
  public func weights(dtype: ExportType) throws -> FileContent {
    try requireFinite()
    return SafetensorsWriter.write(
      parameters.entries.map { ($0.name, $0.shape, parameters.floats[$0.range]) }, as: dtype,
      of: parameters)
  }

  /// Takes over weights that `weights` gave; throws for another model's or a broken file.
  public func restore(weights data: Data) throws {
    let stored = try Safetensors(data, name: "weights")
    let tensors = Dictionary(stored.tensors.map { ($0.name, $0) }) { first, _ in first }
    for entry in parameters.entries {
      guard let tensor = tensors[entry.name], tensor.shape == entry.shape else {
        throw ModelError(
          .mismatch, "weights: '\(entry.name)' of shape \(entry.shape) is missing")
      }
      tensor.read(parameters.floats[entry.range], from: data)
    }
    parameters.changed()
  }
}
