import Recipes

/// What a stage takes in, as far as its cost goes.
struct StageShapes {
  struct Part {
    let shape: DatasetShape
    let weight: Double
    let window: StepWindow
  }

  var models: [String: [ModelShape]] = [:]
  var datasets: [String: [Part]] = [:]
  var assumed = AssumedStage()

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

  /// Tokens of a completion that the stage samples.
  func completion(_ sampling: SamplingConfiguration) -> Double {
    assumed.completionLength ?? Double(sampling.maxCompletionLength)
  }

  /// Rows that the stage leaves, of those that there can be.
  func rows(of most: Double) -> Double { min(assumed.rows ?? most, most) }
}
