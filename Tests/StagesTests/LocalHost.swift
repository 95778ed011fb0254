import Host
import Neural
import Settings
import Workflow

@testable import Stages

// What tests give stages and checks: the files and programs of this machine.

let builtInStages = StageCatalog.builtIn(in: LocalFiles())

extension StageInput.Content {
  static func source(_ values: [String: ConfigValue]) -> Self { .source(values, LocalFiles()) }
}

extension RewardSet {
  init(
    _ specs: [RewardSpec], weights: [Double]? = nil, models: [StageInput] = []
  ) throws {
    try self.init(specs, weights: weights, models: models, programs: LocalPrograms())
  }
}

extension CommandJudge {
  convenience init(
    _ command: [CommandWord], name: String, timeout: Double, retries: Int = 0,
    startAllowance: Duration = .seconds(60)
  ) {
    self.init(
      command, name: name,
      AnswerLimits(timeout: .seconds(timeout), start: startAllowance, retries: retries),
      by: LocalPrograms())
  }
}
