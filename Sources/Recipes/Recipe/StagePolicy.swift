public import Settings

/// What happens when a loss, gradient or reward is not a number.
public enum DivergencePolicy: String, FieldChoice {
  case fail
  case rollbackAndSkip = "rollback_and_skip"
  case rollbackAndLowerLR = "rollback_and_lower_lr"
}

/// Settings of every stage, whatever its kind: its timeout, the metrics to watch, the gate for
/// stages that depend on it, and what to do when it diverges.
public struct StagePolicy: Configuration, Hashable {
  public var timeout: Double?
  public var warnIf: [String] = []
  public var stopIf: [String] = []
  public var promoteIf: [String] = []
  public var onDivergence = DivergencePolicy.fail
  public var maxRollbacks = 3
  public var rollbackSteps = 20
  public var rollbackLRFactor = 0.5

  public init() {}

  public static let fields: [Field<Self>] = [
    Field(
      "timeout", \.timeout, range: 0...1e9, exclusiveMinimum: true, unit: "seconds",
      affectsOutput: false,
      "Fails the stage, with a checkpoint, if one attempt takes longer; `resume` continues it."),
    Field(
      "warn_if", \.warnIf, affectsOutput: false,
      "Conditions on metrics that give a warning, such as `kl > 0.2` or `entropy < 0.1 for 3`."
    ),
    Field(
      "stop_if", \.stopIf, affectsOutput: false,
      "Conditions on metrics that fail the stage; its checkpoints are kept."),
    Field(
      "promote_if", \.promoteIf, affectsOutput: false,
      """
      Conditions on the stage's last metrics that must hold before stages that depend on it run, \
      such as `pass@1/high >= dev0.pass@1 - 0.05`.
      """),
    Field(
      "on_divergence", \.onDivergence,
      """
      What to do if a loss, gradient or reward is not a number: fail; return to a checkpoint and \
      leave the update out; or train again from rollback_steps before it with a lower learning \
      rate.
      """),
    Field(
      "max_rollbacks", \.maxRollbacks, range: 1...1000, unit: "rollbacks",
      "After this many rollbacks, on_divergence is fail."),
    Field(
      "rollback_steps", \.rollbackSteps, range: 0...1e6, unit: "updates",
      "How many updates before the divergence the learning rate is lowered."),
    Field(
      "rollback_lr_factor", \.rollbackLRFactor, range: 0...0.99, exclusiveMinimum: true,
      "The factor by which the learning rate is multiplied."),
  ]

  public var problems: [ConfigProblem] {
    var problems: [ConfigProblem] = []
    let guards = [("warn_if", warnIf), ("stop_if", stopIf), ("promote_if", promoteIf)]
    for (field, texts) in guards {
      for text in texts {
        do throws(MetricCondition.Mistake) {
          let condition = try MetricCondition(text)
          if field == "promote_if", condition.times > 1 {
            problems.append(
              ConfigProblem(
                field,
                "'\(text)': 'for' has no effect, since only the "
                  + "last value counts"))
          }
          if field != "promote_if", condition.otherStage != nil {
            problems.append(ConfigProblem(field, "'\(text)': compare with a number"))
          }
        } catch { problems.append(ConfigProblem(field, error.message)) }
      }
    }
    return problems
  }

  public var warnings: [MetricCondition] { Self.conditions(warnIf) }
  public var limits: [MetricCondition] { Self.conditions(stopIf) }
  public var gates: [MetricCondition] { Self.conditions(promoteIf) }

  private static func conditions(_ texts: [String]) -> [MetricCondition] {
    texts.compactMap { try? MetricCondition($0) }
  }

  /// What of it decides results: nothing while a divergence fails the stage, since a stage that got to
  /// its end never diverged.
  var decisive: ConfigValue? {
    guard onDivergence != .fail else { return nil }
    let names = ["on_divergence", "max_rollbacks", "rollback_steps", "rollback_lr_factor"]
    return .map(values.filter { names.contains($0.key) })
  }
}

/// As its fields have it.
extension StagePolicy: Codable {
  public init(from decoder: any Decoder) throws {
    self.init(values: try [String: ConfigValue](from: decoder))
  }

  public func encode(to encoder: any Encoder) throws { try values.encode(to: encoder) }
}
