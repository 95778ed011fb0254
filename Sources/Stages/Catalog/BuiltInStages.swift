import Recipes
import Settings
public import Workflow

/// What every stage kind of the program can do.
typealias BuiltInStage = EstimatedStage & DataCheckedStage

/// Every stage kind of the program; a new one is one more word here.
let builtInKinds: [any BuiltInStage.Type] = [
  Pretrain.self, SFT.self, GRPO.self, RejectionSampling.self, Generate.self, Filter.self,
  HumanReview.self, JudgedPairs.self, RewardModel.self, Distill.self, Evaluate.self,
]

public let builtInStages = StageCatalog(
  builtInKinds,
  model: SourceDescription(
    ModelConfiguration.self, hasUnnamedRows: UnnamedRows.shared.known),
  dataset: SourceDescription(
    DatasetConfiguration.self,
    reading: { DatasetConfiguration(values: $0).reading(withAnswers: $1) },
    verifiers: { DatasetConfiguration(values: $0).verifiers }),
  elsewhere: namesFromTRL)
