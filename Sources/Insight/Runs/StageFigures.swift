import Recipes
import Settings
import Stages
public import Storage
import Workflow

/// The few numbers that say how a stage went: the metrics that its kind declares as headlines.
public struct StageFigures: Sendable, Equatable {
  public struct Figure: Sendable, Equatable {
    public let name: String
    public let text: String
  }

  public let figures: [Figure]

  /// `loss 4.120 -> 1.320, reward 0.10 -> 0.85`; empty for a stage without such metrics.
  public var text: String { figures.map { "\($0.name) \($0.text)" }.joined(separator: ", ") }

  /// Reads only the metrics that it shows.
  public init(_ store: Store, _ stage: StageRecord) throws {
    let declared = builtInStages.recipes.kind(stage.kind)?.metrics ?? []
    try self.init(declared: declared) { name in
      try store.metrics(run: stage.run, stage: stage.name, name: name).compactMap(\.value)
    }
  }

  /// - Parameter values: of a metric, in step order.
  init(
    declared: [MetricDescription], values: (String) throws -> [Double]
  ) rethrows {
    figures = try declared.compactMap { metric in
      guard let headline = metric.headline,
        let text = try Self.text(headline, metric, values)
      else { return nil }
      return Figure(name: metric.name, text: text)
    }
  }

  private static func text(
    _ headline: MetricDescription.Headline, _ metric: MetricDescription,
    _ values: (String) throws -> [Double]
  ) rethrows -> String? {
    let own = try values(metric.name)
    switch headline {
    case .trend: return own.isEmpty ? nil : trend(own, Quantity.number)
    case .loss: return own.isEmpty ? nil : trend(own, Quantity.loss)
    case .last:
      guard let last = own.last else { return nil }
      let text = metric.isShare ? Quantity.percent(last) : Quantity.number(last)
      guard let low = try values("\(metric.name)/low").last,
        let high = try values("\(metric.name)/high").last
      else { return text }
      let number = metric.isShare ? Quantity.percentNumber : Quantity.number
      return text + " [\(number(low)), \(number(high))]"
    case .outOf(let all):
      guard let count = try values(all).last else { return nil }
      return "\(Quantity.number(own.last ?? 0)) of \(Quantity.number(count))"
    }
  }

  /// From the mean of the first values to that of the last: single steps are noise.
  private static func trend(_ values: [Double], _ form: (Double?) -> String) -> String {
    guard values.count > 1 else { return values.map(form).joined() }
    let window = max(1, min(10, values.count / 5))
    func mean(_ part: ArraySlice<Double>) -> String {
      form(part.reduce(0, +) / Double(part.count))
    }
    return "\(mean(values.prefix(window))) -> \(mean(values.suffix(window)))"
  }
}
