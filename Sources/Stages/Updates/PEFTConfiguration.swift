public import Neural
public import Recipes
public import Settings

extension LoRAOptions.TargetModule: FieldChoice {}

/// Low-rank adapters in place of all weights, as TRL's trainers take them in `peft_config`.
struct PEFTConfiguration: NestedConfiguration, Hashable {
  var rank = 16
  var alpha = 32.0
  var targetModules = LoRAOptions.TargetModule.allCases
  var useRSLoRA = false

  static let shorthand: String? = nil

  static let fields: [Field<Self>] = [
    Field("r", \.rank, range: 1...4096, "Rank of the adapters."),
    Field(
      "lora_alpha", \.alpha, range: 0...1e6, exclusiveMinimum: true,
      "The adapters' product is multiplied by lora_alpha / r."),
    Field(
      "target_modules", \.targetModules,
      "Matrices of every layer that get an adapter; all of them are PEFT's all-linear."),
    Field("use_rslora", \.useRSLoRA, "Multiply by lora_alpha / √r instead."),
  ]

  var problems: [ConfigProblem] {
    targetModules.isEmpty
      ? [
        ConfigProblem(
          "peft_config.target_modules",
          "is empty; leave it out to use all matrices")
      ] : []
  }

  var options: LoRAOptions {
    LoRAOptions(
      rank: rank, alpha: alpha, targetModules: targetModules, isRankStabilized: useRSLoRA)
  }
}
