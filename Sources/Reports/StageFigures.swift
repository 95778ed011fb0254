public import Storage

/// The few numbers that say how a stage went, from the metrics that it left.
public struct StageFigures: Sendable, Equatable {
  public struct Figure: Sendable, Equatable {
    public let name: String
    public let text: String
  }

  public let figures: [Figure]

  /// `loss 4.120 -> 1.320, reward 0.10 -> 0.85`; empty for a stage without such metrics.
  public var text: String { figures.map { "\($0.name) \($0.text)" }.joined(separator: ", ") }

  /// Reads only the metrics that it shows.
  public init(_ store: Store, run: String, stage: String) throws {
    var found: [String: [Double]] = [:]
    for name in Self.names {
      found[name] = try store.metrics(run: run, stage: stage, name: name).compactMap(\.value)
    }
    self.init(found)
  }

  /// - Parameter values: by name, in step order.
  init(_ values: [String: [Double]]) {
    var figures: [Figure] = []
    for name in Self.trends {
      guard let values = values[name], let last = values.last else { continue }
      let text = values.count < 2 ? Quantity.number(last) : Self.trend(values)
      figures.append(Figure(name: name, text: text))
    }
    for name in Self.rates {
      guard let rate = values[name]?.last else { continue }
      var text = Quantity.percent(rate)
      if let low = values["\(name)/low"]?.last, let high = values["\(name)/high"]?.last {
        text += " [\(Quantity.percentNumber(low)), \(Quantity.percentNumber(high))]"
      }
      figures.append(Figure(name: name, text: text))
    }
    // Completions that were sampled, or rows that were there.
    if let all = values["samples"]?.last ?? values["rows"]?.last {
      let kept = Quantity.number(values["kept"]?.last ?? 0)
      figures.append(Figure(name: "kept", text: "\(kept) of \(Quantity.number(all))"))
    }
    self.figures = figures
  }

  private static let trends = ["loss", "eval_loss", "reward"]
  /// Shares, with their intervals where there are any.
  private static let rates = ["pass@1", "eval_accuracy", "rewards_judged"]
  private static let names =
    trends + rates.flatMap { [$0, "\($0)/low", "\($0)/high"] } + ["samples", "rows", "kept"]

  /// From the mean of the first values to that of the last: single steps are noise.
  private static func trend(_ values: [Double]) -> String {
    let window = max(1, min(10, values.count / 5))
    func mean(_ part: ArraySlice<Double>) -> String {
      Quantity.number(part.reduce(0, +) / Double(part.count))
    }
    return "\(mean(values.prefix(window))) -> \(mean(values.suffix(window)))"
  }
}
