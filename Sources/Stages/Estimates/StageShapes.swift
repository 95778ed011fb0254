import Neural
import Recipes

/// The inputs of a stage, as far as its cost depends on them.
struct StageShapes {
  struct Part {
    let shape: DatasetShape
    let weight: Double
    let window: StepWindow
  }

  var models: [String: [ModelShape]] = [:]
  var datasets: [String: [Part]] = [:]
  var assumed = AssumedStage()
  var precision = Precision.f32

  /// The model at a required port.
  func model(_ port: String = "model") throws -> ModelShape {
    guard let model = models[port]?.first else {
      throw UnknownShape(description: "its \(port) is not known")
    }
    return model
  }

  /// The rows at a port, as a mixture; a part with a window counts by its share of `steps`.
  func data(_ port: String = "data", steps: Double? = nil) -> DatasetShape {
    let parts = (datasets[port] ?? []).map { part -> (Double, DatasetShape) in
      guard let steps, steps > 0 else { return (part.weight, part.shape) }
      let last = min(Double(part.window.until ?? .max), steps)
      let share = max(0, last - Double(part.window.from) + 1) / steps
      return (part.weight * share, part.shape)
    }
    let rows = parts.reduce(0) { $0 + $1.0 * $1.1.rows }
    guard rows > 0 else { return DatasetShape(rows: 0, prompt: 0, completion: 0) }
    func mean(_ path: KeyPath<DatasetShape, Double>) -> Double {
      parts.reduce(0) { $0 + $1.0 * $1.1.rows * $1.1[keyPath: path] } / rows
    }
    return DatasetShape(rows: rows, prompt: mean(\.prompt), completion: mean(\.completion))
  }

  /// Bytes of all rows: as tokens of two bytes (four of large vocabularies) and twenty more a row, or as
  /// text, which takes up to one and a half times its bytes.
  func rowBytes(tokenized: Bool) -> Double {
    let model = models["model"]?.first
    let tokenSize: Double = (model?.vocabulary ?? 0) > 65_536 ? 4 : 2
    return datasets.values.joined().reduce(0) { sum, part in
      let text = part.shape.prompt + part.shape.completion
      let bytes =
        tokenized ? text / (model?.bytesPerToken ?? 1) * tokenSize + 20 : text * 1.5
      return sum + part.shape.rows * bytes
    }
  }

  /// Tokens of a completion that the stage samples.
  func completion(_ sampling: SamplingConfiguration) -> Double {
    assumed.completionLength ?? Double(sampling.maxCompletionLength)
  }

  /// Rows of the stage's output, out of the possible ones.
  func rows(of most: Double) -> Double { min(assumed.rows ?? most, most) }
}
