/// A setting that a stage kind and a trainer of TRL both have, with another default or meaning.
public struct SettingElsewhere: Sendable {
  public let kind: String
  public let name: String
  /// TRL's default as Python writes it; nil where only the meaning differs.
  public let theirs: String?
  /// What differs, and what to write to have it as there.
  public let note: String

  init(_ kind: String, _ name: String, _ theirs: String?, _ note: String) {
    self.kind = kind
    self.name = name
    self.theirs = theirs
    self.note = note
  }
}

/// Settings of TRL 1.16's SFTConfig, GRPOConfig, RewardConfig and GKDConfig whose defaults or meanings differ
/// from those of `sft`, `grpo`, `reward_model` and `distill`.
///
/// The tests hold the list against the classes' own defaults.
public let settingsFromTRL: [SettingElsewhere] =
  ["sft", "grpo", "reward_model", "distill"].flatMap { kind in
    [
      SettingElsewhere(
        kind, "max_steps", "-1", "null means the same: num_train_epochs decides."),
      SettingElsewhere(
        kind, "eval_steps", "None",
        "0 measures held-out rows at the end only; TRL measures when eval_strategy says so."),
      SettingElsewhere(
        kind, "logging_steps", "10", "Every update is stored; that costs next to nothing here."),
      SettingElsewhere(
        kind, "gradient_checkpointing", "True",
        "Off, since it costs a third more operations; switch it on to save memory. The bits are the same."
      ),
      SettingElsewhere(
        kind, "warmup_steps", nil,
        "A whole number of updates; transformers 5 takes a share below 1, too, which is warmup_ratio here."
      ),
    ]
  } + [
    SettingElsewhere(
      "sft", "completion_only_loss", "None",
      """
      true; in TRL None learns completions only of rows with a prompt and a completion, and all tokens of \
      messages. Set false to learn every token.
      """),
    SettingElsewhere(
      "grpo", "beta", "0.0", "DeepSeek-R1's 0.001; 0 leaves the reference model out, as in TRL."),
    SettingElsewhere(
      "grpo", "steps_per_generation", "None",
      """
      Counts updates that share a batch of rollouts. TRL counts micro-steps, gradient_accumulation_steps by \
      default: TRL's value divided by gradient_accumulation_steps is the value here.
      """),
    SettingElsewhere(
      "grpo", "generation_batch_size", "None",
      """
      How many completions are decoded at a time: it changes memory and speed, and no result. In TRL it is the \
      number of completions of a batch of rollouts, which is prompts_per_step x num_generations x \
      steps_per_generation here.
      """),
    SettingElsewhere("grpo", "min_p", "None", "0 switches it off, as None does."),
    SettingElsewhere(
      "reward_model", "num_train_epochs", "3.0", "1: reward models overfit fast (InstructGPT)."),
    SettingElsewhere(
      "distill", "max_completion_length", nil, "GKDConfig's max_new_tokens, which is 128 there."),
    SettingElsewhere(
      "distill", "beta", nil,
      """
      0.5 as in GKDConfig. TRL's newer DistillationConfig has beta 1.0, temperature 1.0 and learning_rate 1e-6, \
      and divides the logits of its divergence by the temperature.
      """),
  ]
