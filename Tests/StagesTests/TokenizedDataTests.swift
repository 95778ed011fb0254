import Foundation
import Neural
import Recipes
import Settings
import Testing
import Text
import Workflow

@testable import Stages

@Suite struct TokenizedDataTests {
  private func model(positions: Int) throws -> LanguageModel {
    var configuration = ModelConfiguration()
    configuration.hiddenSize = 16
    configuration.numHiddenLayers = 1
    configuration.maxPositionEmbeddings = positions
    return try configuration.newModel(name: "base", seed: 1)
  }

  private let rows = StageInput(
    name: "rows",
    content: .source([
      "task": .string("arithmetic"), "size": .int(20), "split": .string("train"),
      "completion_template": .string("<think>{solution}</think>{final}"),
    ]), seed: 3)

  private func data(positions: Int, maxLength: Int, scored: ScoredTokens) throws -> TokenizedData {
    try TokenizedData(
      [rows], model: model(positions: positions), scored: scored, maxLength: maxLength,
      log: { _ in })
  }

  @Test("only the completion and its end token are learnt, or every token but the first")
  func marks() throws {
    let model = try model(positions: 512)
    let end = try #require(model.eosTokenIDs.first)
    for row in try data(positions: 512, maxLength: 512, scored: .completion).kept {
      let first = try #require(row.scored.firstIndex(of: true))
      #expect(model.tokenizer.decode(Array(row.tokens[..<first])).hasSuffix("="))
      #expect(row.scored[first...].allSatisfy { $0 })
      #expect(row.tokens.last == end)
    }
    for row in try data(positions: 512, maxLength: 512, scored: .everyToken).kept {
      #expect(row.scoredCount == row.tokens.count - 1)
    }
  }

  @Test("rows are cut at max_length; a default far above the model's positions does no harm")
  func lengths() throws {
    let whole = try data(positions: 128, maxLength: 1024, scored: .everyToken)
    let longest = try #require(whole.kept.map(\.tokens.count).max())
    let cut = try data(positions: 128, maxLength: longest - 1, scored: .everyToken)
    #expect(cut.kept.map(\.tokens.count).max() == longest - 1)
  }

  @Test("a row beyond the model's positions is an error that says what to set")
  func tooLong() throws {
    let error = #expect(throws: TrainingError.self) {
      try data(positions: 8, maxLength: 1024, scored: .everyToken)
    }
    #expect(error?.message.contains("set max_length: 8 to truncate such rows") == true)
  }
}
