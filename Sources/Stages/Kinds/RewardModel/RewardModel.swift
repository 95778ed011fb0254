import Host
import Neural
import Recipes
import Settings
import Trace
import Workflow

/// Trains a model that scores texts: a scalar head on a decoder, from pairs of replies (Bradley and
/// Terry, 1952; Ouyang et al., arXiv 2203.02155) or from labelled ones.
///
/// DeepSeek-R1 has one of each (Guo et al., Nature 645): a helpful one from pairs, which reads the
/// final answer, and a safety one from labels, which reads the whole reply.
struct RewardModel: StageKind {
  enum LossType: String, FieldChoice {
    case pairwise, pointwise
  }

  struct Config: Configuration {
    var lossType = LossType.pairwise
    var text = RewardText.Part.reply
    var centerRewardsCoefficient: Double?
    var balanceLengths = false
    var training: SupervisedOptions = {
      var options = SupervisedOptions()
      options.length.numTrainEpochs = 1
      options.optimization.learningRate = 1e-4
      return options
    }()

    static let fields: [Field<Self>] =
      [
        Field(
          "loss_type", \.lossType,
          """
          pairwise: the chosen reply of a pair should score above the rejected one; pointwise: a \
          reply's score should predict its label, true or false.
          """),
        Field(
          "text", \.text,
          "The part of a reply that is scored: all of it, or the answer, which follows the last "
            + "</think>."),
        Field(
          "center_rewards_coefficient", \.centerRewardsCoefficient, range: 0...1e3,
          "Weight of the squared sum of a pair's scores, which keeps them near 0; null: none."),
        Field(
          "balance_lengths", \.balanceLengths,
          """
          Drop pairs until, at any difference in length, the chosen reply is as often the longer \
          one as the shorter one.
          """),
        Field(
          "max_length", \.training.maxLength, range: 2...1_048_576, unit: "tokens",
          "Pairs and rows with a longer text are left out."),
      ]
      + SupervisedOptions.fields.filter {
        !["max_length", "packing"].contains($0.description.name)
      }.map { $0.lifted(to: \.training) }

    var problems: [ConfigProblem] {
      var problems = training.problems
      if lossType == .pointwise, centerRewardsCoefficient != nil {
        problems.append(
          ConfigProblem("center_rewards_coefficient", "needs loss_type: pairwise"))
      }
      if lossType == .pointwise, balanceLengths {
        problems.append(ConfigProblem("balance_lengths", "needs loss_type: pairwise"))
      }
      return problems
    }

    var loss: RewardLoss {
      switch lossType {
      case .pairwise: .pairwise(centering: centerRewardsCoefficient ?? 0)
      case .pointwise: .pointwise
      }
    }
  }

  static let name = "reward_model"
  static let revision = 1
  static let summary = "Trains a model that scores replies, from preference pairs or labels."
  static let inputs = [
    InputPort("model", .model, "The model whose layers it starts from; its LM head is dropped."),
    InputPort(
      "data", .dataset, multiple: true,
      "Pairs (prompt, chosen, rejected), or rows of prompt, completion and label."),
    InputPort("eval_data", .dataset, required: false, "Held-out pairs or rows."),
  ]
  static let outputs = [OutputPort("model", .rewardModel, "The trained reward model.")]
  static let trainer: TRLTrainer? = TRLTrainer(
    configuration: "RewardConfig",
    settings: [
      SettingElsewhere(
        "num_train_epochs", "3.0", "1: reward models overfit fast (InstructGPT).")
    ])

  static func methods(
    _ config: Config, inputs: [String: [InputReference]]
  ) -> [String: String] {
    var methods = config.training.length.methods
    let draws = (inputs["data"] ?? []).dropFirst().contains { $0.weight != $0.weight.rounded() }
    if draws { methods["mixture"] = "each dataset draws rows of its own" }
    return methods
  }

  static func run(_ config: Config, in context: any StageContext) throws -> StageOutput {
    let model =
      try context.resumePoint.flatMap { try CheckpointFiles.model(in: $0, head: .score) }
      ?? context.model().withScoreHead(seed: context.seed)
    model.precision = context.resolvedPrecision
    let data = try RewardData(
      context.inputs("data"), config, model: model, balancing: config.balanceLengths,
      // Without held-out items all of these are scored at the end.
      drawing: !context.inputs("eval_data").isEmpty,
      seed: context.seed, log: context.log)
    let held = try RewardData(
      context.inputs("eval_data"), config, model: model, balancing: false, seed: context.seed,
      log: context.log)
    context.record(step: 0, data.metrics)
    context.log(data.summary)
    let objective = RewardObjective(loss: config.loss, data: data, held: held)
    try supervise(model, objective, config.training, in: context)

    let measured = held.kept.isEmpty ? data : held
    let scores = try measured.scores(
      Scorer(model: model), budget: config.training.optimization.microBatchTokens, in: context)
    if !held.kept.isEmpty {
      context.record(
        zip(held.kept, scores).map { item, scores in
          Item(
            evaluation: context.stage, item: item.id, sample: 0,
            score: config.loss.isRight(item, scores) ? 1 : 0)
        })
    }
    let description = RewardDescription(
      lossType: config.lossType.rawValue, text: config.text, scores: scores.flatMap { $0 })
    var files = try model.files(dtype: .f32)
    files[RewardDescription.file] = FileContent(try CheckpointFiles.encode(description))
    return StageOutput(["model": Artifact(files: files)])
  }
}
