import Recipes
import Settings

/// An entry of `schedule`: settings that change from an update on.
struct ScheduledChange: NestedConfiguration, Hashable {
  var atStep: Int?
  var temperature: Double?
  var maxCompletionLength: Int?
  var learningRate: Double?

  static let shorthand: String? = nil

  static let fields: [Field<Self>] = [
    Field(
      "at_step", \.atStep, range: 1...1e9, unit: "updates",
      "The first update with these settings."),
    Field(
      "temperature", \.temperature, range: 0...100, exclusiveMinimum: true,
      "From the first batch of rollouts that begins at that update or later."),
    Field(
      "max_completion_length", \.maxCompletionLength, range: 1...1_048_576, unit: "tokens",
      "As temperature."),
    Field(
      "learning_rate", \.learningRate, range: 0...1, exclusiveMinimum: true,
      "The peak learning rate, which lr_scheduler_type's factor multiplies, from exactly that "
        + "update on."),
  ]

  /// Mistakes in a list of changes.
  static func problems(_ schedule: [ScheduledChange]) -> [ConfigProblem] {
    schedule.enumerated().compactMap { index, change in
      let place = "schedule[\(index)]"
      guard let step = change.atStep else { return ConfigProblem(place, "has no at_step") }
      if index > 0, step <= schedule[index - 1].atStep ?? 0 {
        return ConfigProblem("\(place).at_step", "must be after the at_step before it")
      }
      return change == ScheduledChange(atStep: step)
        ? ConfigProblem(place, "changes nothing; give it a setting") : nil
    }
  }

  init() {}

  init(
    atStep: Int?, temperature: Double? = nil, maxCompletionLength: Int? = nil,
    learningRate: Double? = nil
  ) {
    self.atStep = atStep
    self.temperature = temperature
    self.maxCompletionLength = maxCompletionLength
    self.learningRate = learningRate
  }
}

extension GRPOConfiguration {
  /// The sampling settings of the rollouts before update `first`.
  func sampling(first: Int) -> SamplingConfiguration {
    var sampling = sampling
    for change in schedule where change.atStep ?? 1 <= first {
      sampling.temperature = change.temperature ?? sampling.temperature
      sampling.maxCompletionLength = change.maxCompletionLength ?? sampling.maxCompletionLength
    }
    return sampling
  }

  /// The learning rate of update `step` (from 1) of `total`.
  func learningRate(step: Int, of total: Int) -> Double {
    var optimization = optimization
    for change in schedule where change.atStep ?? 1 <= step {
      optimization.learningRate = change.learningRate ?? optimization.learningRate
    }
    return optimization.learningRate(step: step, of: total)
  }

  /// The most tokens that a completion may have at any step.
  var longestCompletion: Int {
    schedule.compactMap(\.maxCompletionLength).reduce(sampling.maxCompletionLength, max)
  }
}
