public import Recipes
import Workflow

private let trainers = builtInKinds.compactMap { kind in
  kind.trainer.map { (kind: kind.name, trainer: $0) }
}

/// The keys of TRL 1.16, transformers 5.23 and open-r1, and what a recipe writes instead.
public let namesFromTRL = NamesElsewhere(
  keys: commonNamesFromTRL.keys + trainers.flatMap(\.trainer.names) + hubNames,
  values: commonNamesFromTRL.values)

/// The settings of TRL's trainers whose defaults or meanings differ from those of stage kinds.
public let settingsFromTRL: [(kind: String, setting: SettingElsewhere)] =
  trainers.flatMap { kind, _ in commonSettingsFromTRL.map { (kind: kind, setting: $0) } }
  + trainers.flatMap { kind, trainer in trainer.settings.map { (kind: kind, setting: $0) } }
