import Recipes

extension Distill {
  static let trainer: TRLTrainer? = TRLTrainer(
    configuration: "GKDConfig",
    names: [
      NameElsewhere(
        ["max_new_tokens"], "write max_completion_length"),
      NameElsewhere(
        ["seq_kd"], in: [name],
        "let the teacher write with a stage of kind generate, and train on its output with sft"),
      NameElsewhere(
        ["max_length"], in: [name],
        "completions are truncated at max_completion_length; prompts are not"),
      NameElsewhere(
        ["completion_only_loss", "packing", "loss_type"], in: [name],
        "the divergence is the mean over the tokens of completions"),
    ],
    settings: [
      SettingElsewhere(
        "max_completion_length", nil, "GKDConfig's max_new_tokens, which is 128 there."),
      SettingElsewhere(
        "beta", nil,
        """
        0.5 as in GKDConfig. TRL's newer DistillationConfig has beta 1.0, temperature 1.0 and learning_rate 1e-6, \
        and divides the logits of its divergence by the temperature.
        """),
    ])
}
