public import JSON
import Recipes
import Settings
public import Workflow

/// Plans as `plan` prints them.
public struct PlanText {
  private let plans: [Plan]
  private let estimates: [PlanEstimates]

  /// - Parameter estimates: the costs of each plan, if requested.
  public init(plans: [Plan], estimates: [PlanEstimates] = []) {
    self.plans = plans
    self.estimates = estimates
  }

  /// A table of all steps; variant and seed only where they differ.
  public func table() -> String {
    var table = TextTable([
      "variant", .right("seed"), "stage", "kind", "action",
      .right("estimate"), "reason",
    ])
    for plan in plans {
      for step in plan.steps {
        table.add([
          plans.count > 1 ? step.variant ?? plan.recipe.name : "",
          plans.count > 1 ? "\(step.seed)" : "", step.name, step.kind, step.action.word,
          step.estimate.map { Quantity.duration($0.seconds) } ?? "", Self.reason(step),
        ])
      }
    }
    return table.render()
  }

  /// The reason without the action, which has its own column.
  private static func reason(_ step: PlanStep) -> String {
    let prefix = "\(step.action.word): "
    return step.reason.hasPrefix(prefix) ? String(step.reason.dropFirst(prefix.count)) : step.reason
  }

  /// How much there is to do, in a sentence.
  public func total() -> String {
    let steps = plans.flatMap(\.steps)
    let work = steps.filter { $0.action.word != "reuse" }
    guard !work.isEmpty else { return "nothing to do: all \(steps.count) stages can be reused" }
    let known = work.compactMap(\.estimate)
    var text = "\(work.count) of \(steps.count) stages to run"
    if !known.isEmpty {
      text += ", about \(Quantity.duration(known.reduce(0) { $0 + $1.seconds }))"
      if known.count < work.count { text += " for \(known.count) of them" }
      text += " (\(known[0].basis))"
      text += ", disk \(Quantity.bytes(plans.reduce(0) { $0 + $1.diskBytes }))"
    }
    return text
  }

  /// What each stage costs; of several plans under their names.
  public func costs() -> String {
    zip(plans, estimates).map { plan, estimates in
      let title =
        plans.count > 1
        ? "\(plan.recipe.variant ?? plan.recipe.name), seed \(plan.recipe.seed)\n" : ""
      return title + estimates.table()
    }.joined(separator: "\n\n")
  }

  /// What is assumed to be there; nil if all files are.
  public func absent() -> String? {
    let absent = Set(plans.flatMap(\.absent)).sorted()
    guard !absent.isEmpty else { return nil }
    return
      "missing, and estimated from `assume`: \(absent.joined(separator: ", ")); run needs them"
  }

  /// Programs whose key covers more than their own file; nil if there are none.
  public func programs() -> String? {
    let lines = plans.flatMap(\.files).compactMap { file -> String? in
      let names = file.beside
      guard let first = names.first else { return nil }
      let others = names.count > 1 ? " and \(names.count - 1) more" : ""
      return "\(file.field): with \(file.path), the files next to it count: \(first)\(others)"
    }
    return lines.isEmpty ? nil : Set(lines).sorted().joined(separator: "\n")
  }

  /// What each stage's key is made from.
  public func why() -> String {
    plans.flatMap(\.steps).map { step in
      "\(step.name): \(step.reason)\nkey \(step.key.digest)\n\(step.key.components.prettyJSON)"
    }.joined(separator: "\n\n")
  }

  public var json: JSONValue {
    .object([
      (
        "steps",
        .array(
          plans.enumerated().flatMap { place, plan in
            plan.steps.enumerated().map { index, step in
              Self.json(
                step,
                estimates.isEmpty ? Self.estimate(of: step) : estimates[place].json(index))
            }
          })
      )
    ])
  }

  /// How its estimate is known, or why it has none.
  private static func basis(of step: PlanStep) -> String {
    step.estimate?.basis
      ?? (step.action.word == "reuse"
        ? "reused: nothing to do" : "unknown: no run finished such a stage")
  }

  private static func estimate(of step: PlanStep) -> [(String, JSONValue)] {
    [
      ("seconds", .optional(step.estimate?.seconds)),
      ("disk_bytes", .optional(step.estimate.map { $0.outputBytes + $0.checkpointBytes })),
      ("basis", .string(basis(of: step))),
    ]
  }

  private static func json(_ step: PlanStep, _ estimate: [(String, JSONValue)]) -> JSONValue {
    .object([
      ("stage", .string(step.name)), ("kind", .string(step.kind)),
      ("variant", .optional(step.variant)), ("seed", .int(step.seed)),
      ("action", .string(step.action.word)), ("reason", .string(step.reason)),
      ("key", .string(step.key.digest)), ("upstream", .array(step.upstream.map { .string($0) })),
      ("estimate", .object(estimate)),
      ("parameters", .verbatim(ConfigValue.map(step.stage.values).canonicalJSON)),
    ])
  }
}
