import Recipes
import Settings
import Workflow

/// On-policy distillation: the student writes completions, and learns the teacher's distribution
/// over the next token at each of their positions (GKD: Agarwal et al., arXiv 2306.13649).
///
/// DeepSeek-R1's distillation is `generate` with the teacher, then `sft`.
struct Distill: StageKind {
  struct Config: Configuration {
    var length = TrainingLength()
    var promptsPerStep = 8
    var lmbda = 0.5
    var beta = 0.5
    var sampling: SamplingConfiguration = {
      var sampling = SamplingConfiguration()
      sampling.temperature = 0.9
      return sampling
    }()
    var optimization = OptimizationOptions()

    static let fields: [Field<Self>] =
      TrainingLength.fields.map { $0.lifted(to: \.length) }
      + [
        Field(
          "prompts_per_step", \.promptsPerStep, range: 1...65_536, unit: "prompts",
          "Prompts per update."),
        Field(
          "lmbda", \.lmbda, range: 0...1,
          """
          The share of updates, drawn at random, that train on the student's own completions; the \
          others train on the data's completions.
          """),
        Field(
          "beta", \.beta, range: 0...1,
          """
          0: the KL divergence of teacher from student; 1: the reverse, of student from teacher; \
          between: the generalized Jensen-Shannon divergence.
          """),
      ] + SamplingConfiguration.fields.map { $0.lifted(to: \.sampling) }
      + OptimizationOptions.fields.map { $0.lifted(to: \.optimization) }

    var problems: [ConfigProblem] {
      optimization.problems
    }
  }

  static let name = "distill"
  static let revision = 1
  static let samples = true
  static let summary =
    "Trains a student on a teacher's distributions over the student's own completions."
  static let inputs = [
    InputPort("model", .model, "The student."),
    InputPort("teacher", .model, "A model with the student's vocabulary."),
    InputPort(
      "data", .dataset, multiple: true, "Prompts, with completions unless lmbda is 1."),
    InputPort(
      "eval_data", .dataset, required: false,
      "Held-out rows with completions, for measuring the divergence."),
  ]
  static let outputs = [OutputPort("model", .model, "The trained student.")]
  static let metrics: [MetricDescription] = {
    let settings = ["beta", "temperature", "divergence", "max_completion_length"]
    return [
      MetricDescription(
        "loss", better: .lower,
        basis: .only(
          settings: settings + ["lmbda"] + RolloutMetrics.sampling, inputs: ["data", "teacher"]),
        headline: .loss,
        "Mean divergence from the teacher over the completions' tokens."),
      MetricDescription(
        "eval_loss", better: .lower,
        basis: .only(settings: settings, inputs: ["eval_data", "teacher"]), headline: .loss,
        "The same on held-out rows."),
      MetricDescription(
        "on_policy", isShare: true,
        "1 for an update that trains on the student's own completions."),
    ] + RolloutMetrics.completions + updateMetrics
  }()

  static func methods(
    _ config: Config, inputs: [String: [InputReference]]
  ) -> [String: String] {
    var methods = config.length.methods
    if config.sampling.temperature != 1 { methods["divergence"] = "of logits that are not divided" }
    return methods
  }

  static func run(_ config: Config, in context: any StageContext) throws -> StageOutput {
    try DistillationTraining(config, in: context).run()
  }
}
