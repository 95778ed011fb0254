public import Settings

extension KindDescription {
  /// The declaration of a recorded name; the first that fits.
  public func metric(_ recorded: String) -> MetricDescription? {
    metrics.first { $0.matches(recorded) }
  }

  /// What is wrong with a metric's name in a recipe, with the nearest right one; nil if the kind
  /// reports it, as far as it declares what it reports.
  ///
  /// - Parameter values: the stage's settings, which say what some words in braces can be.
  public func problem(metric name: String, _ values: [String: ConfigValue]) -> String? {
    guard !metrics.isEmpty else { return nil }
    let known = metricWords(values)
    let isReported = metrics.contains { metric in
      metric.words(in: name)?.allSatisfy { known[$0.key]?.contains($0.value) ?? true } ?? false
    }
    if isReported { return nil }
    let names = metrics.flatMap { $0.names(known) }
    let hint = nearestMetrics(to: name, among: names)
    return "a stage of kind '\(self.name)' reports no metric '\(shortened(name))'"
      + (hint.isEmpty
        ? "; `regimen list metrics \(self.name)` has all of them"
        : "; did you mean \(hint.map { "'\($0)'" }.joined(separator: " or "))?")
  }
}
