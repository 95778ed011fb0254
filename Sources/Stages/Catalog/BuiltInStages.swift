public import Host
import Recipes
import Settings
public import Workflow

/// All stage kinds of the program; add a new one here.
let builtInKinds: [any BuiltInStage.Type] = [
  Pretrain.self, SFT.self, GRPO.self, RejectionSampling.self, Generate.self, Filter.self,
  HumanReview.self, JudgedPairs.self, RewardModel.self, Distill.self, Evaluate.self,
]

func builtInKind(_ name: String) -> (any BuiltInStage.Type)? {
  builtInKinds.first { $0.name == name }
}

extension StageCatalog {
  /// The stage kinds of the program.
  ///
  /// - Parameter files: what keys are found out from.
  public static func builtIn(in files: any FileAccess) -> StageCatalog {
    StageCatalog(
      builtInKinds,
      model: SourceDescription(
        ModelConfiguration.self, hasUnnamedRows: UnnamedRows(in: files).known),
      dataset: SourceDescription(
        DatasetConfiguration.self,
        reading: { DatasetConfiguration(values: $0).reading(withAnswers: $1, in: files) },
        verifiers: { DatasetConfiguration(values: $0).verifiers(in: files) }),
      elsewhere: namesFromTRL)
  }
}
