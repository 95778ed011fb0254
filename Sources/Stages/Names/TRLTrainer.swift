import Recipes

/// A setting that a stage kind and a TRL trainer share, with another default or meaning.
public struct SettingElsewhere: Sendable {
  public let name: String
  /// TRL's default as Python writes it; nil where only the meaning differs.
  public let theirs: String?
  /// What differs, and what to write for TRL's behaviour.
  public let note: String

  init(_ name: String, _ theirs: String?, _ note: String) {
    self.name = name
    self.theirs = theirs
    self.note = note
  }
}

/// A trainer of TRL 1.16, as far as its settings are not those of the stage kind of the same
/// algorithm.
///
/// The tests compare what kinds declare with the fields and defaults of TRL's own classes.
struct TRLTrainer {
  /// Its configuration class.
  let configuration: String
  /// Keys that the kind does not have, besides those that no kind has.
  var names: [NameElsewhere] = []
  /// Settings with another default or meaning, besides those of every trainer.
  var settings: [SettingElsewhere] = []
}

/// Settings of every trainer of TRL whose defaults or meanings differ.
let commonSettingsFromTRL = [
  SettingElsewhere("max_steps", "-1", "null means the same: num_train_epochs decides."),
  SettingElsewhere(
    "eval_steps", "None",
    "0 evaluates held-out rows only at the end; TRL evaluates as eval_strategy says."),
  SettingElsewhere("logging_steps", "10", "Every update is stored, at almost no cost."),
  SettingElsewhere(
    "gradient_checkpointing", "True",
    "Off, since it costs a third more operations; switch it on to save memory. The bits are the same."
  ),
  SettingElsewhere(
    "warmup_steps", nil,
    "A whole number of updates; transformers 5 also takes a share below 1, which is "
      + "warmup_ratio here."
  ),
]
