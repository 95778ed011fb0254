import Recipes
import Settings
import Stages
public import Workflow

/// Where the running stage stands.
public struct StageProgress {
  public private(set) var stage: String?
  public private(set) var step = 0
  private var total: Int?
  private var unit = "step"
  private var elapsed: Double?
  private var eta: Double?
  private var runETA: Double?
  private var experimentETA: Double?
  private var place: String?
  /// What its kind declares as headlines.
  private var headlines: [MetricDescription] = []
  private var metrics: [String: Double] = [:]

  public init() {}

  public mutating func note(_ event: RunEvent) {
    switch event.event {
    case .stageStarted:
      self = StageProgress()
      stage = event.stage
      step = event.step ?? 0
      let kind = event.kind.flatMap(builtInStages.recipes.kind)
      headlines = kind?.metrics.filter { $0.headline != nil } ?? []
    case .progress:
      step = event.step ?? step
      total = event.total ?? total
      unit = event.unit ?? unit
      elapsed = event.elapsed
      eta = event.eta
      runETA = event.runETA
      experimentETA = event.experimentETA
      place = event.words
    case .metrics:
      for case (let name, let value?) in event.metrics ?? [:] { metrics[name] = value }
    default: break
    }
  }

  /// `sft  step 120/400  sampled 5/8  loss 1.234  0.42 s/step  ETA 1 min 58 s, run 12 min 10 s`.
  public var text: String {
    var parts = [stage ?? "", "\(unit) \(step)" + (total.map { "/\($0)" } ?? "")]
    if let place { parts.append(place) }
    parts += figures
    if let eta, let total, total > step {
      parts.append("\(Quantity.number(eta / Double(total - step))) s/\(unit)")
      parts.append(
        Self.ends(stage: eta, run: runETA, experiment: experimentETA))
    }
    return parts.joined(separator: "  ")
  }

  /// What ends with the stage is not said twice.
  static func ends(stage: Double, run: Double?, experiment: Double?) -> String {
    var text = "ETA \(Quantity.duration(stage))"
    if let run, run > stage { text += ", run \(Quantity.duration(run))" }
    if let experiment, experiment > run ?? stage {
      text += ", all runs \(Quantity.duration(experiment))"
    }
    return text
  }

  /// `400 steps in 3 min 05 s, loss 1.234`.
  public var result: String {
    let time = elapsed.map { " in \(Quantity.duration($0))" } ?? ""
    return (["\(step) \(unit)\(step == 1 ? "" : "s")\(time)"] + figures).joined(separator: ", ")
  }

  private var figures: [String] {
    headlines.compactMap { headline in
      metrics[headline.name].map { value in
        let isLoss = headline.headline == .loss
        return "\(headline.name) \(isLoss ? Quantity.loss(value) : Quantity.number(value))"
      }
    }
  }
}
