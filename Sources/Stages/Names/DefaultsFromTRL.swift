/// A setting that a stage kind and a TRL trainer share, with another default or meaning.
public struct SettingElsewhere: Sendable {
  public let kind: String
  public let name: String
  /// TRL's default as Python writes it; nil where only the meaning differs.
  public let theirs: String?
  /// What differs, and what to write for TRL's behaviour.
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
/// The tests compare the list with the classes' own defaults.
public let settingsFromTRL: [SettingElsewhere] =
  ["sft", "grpo", "reward_model", "distill"].flatMap { kind in
    [
      SettingElsewhere(
        kind, "max_steps", "-1", "null means the same: num_train_epochs decides."),
      SettingElsewhere(
        kind, "eval_steps", "None",
        "0 evaluates held-out rows only at the end; TRL evaluates as eval_strategy says."),
      SettingElsewhere(
        kind, "logging_steps", "10", "Every update is stored, at almost no cost."),
      SettingElsewhere(
        kind, "gradient_checkpointing", "True",
        "Off, since it costs a third more operations; switch it on to save memory. The bits are the same."
      ),
      SettingElsewhere(
        kind, "warmup_steps", nil,
        "A whole number of updates; transformers 5 also takes a share below 1, which is "
          + "warmup_ratio here."
      ),
    ]
  } + [
    SettingElsewhere(
      "sft", "completion_only_loss", "None",
      """
      true; in TRL None trains only on completions for rows with a prompt and a completion, and on \
      all tokens of messages. Set false to train on every token.
      """),
    SettingElsewhere(
      "grpo", "beta", "0.0", "DeepSeek-R1's 0.001; 0 leaves the reference model out, as in TRL."),
    SettingElsewhere(
      "grpo", "steps_per_generation", "None",
      """
      The number of updates that share a batch of rollouts. TRL counts micro-steps, \
      gradient_accumulation_steps by default: divide TRL's value by gradient_accumulation_steps.
      """),
    SettingElsewhere(
      "grpo", "generation_batch_size", "None",
      """
      How many completions are decoded at a time: it changes memory and speed, but no result. In \
      TRL it is the number of completions in a batch of rollouts, which \
      is prompts_per_step x num_generations x \
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
