import Datasets
import JSON
import Randomness
import Recipes
import Settings
import Tasks
import Testing
import Trace

@testable import Stages

@Suite("What changes inside a stage")
struct ScheduleTests {
  private func config(_ changes: ScheduledChange...) -> GRPOConfiguration {
    var config = GRPOConfiguration()
    config.schedule = changes
    config.optimization.scheduler = .constant
    return config
  }

  @Test("settings hold from their step on, until the next change of the same one")
  func settings() {
    let config = config(
      ScheduledChange(atStep: 3, temperature: 0.7, learningRate: 0.5),
      ScheduledChange(atStep: 5, maxCompletionLength: 900),
      ScheduledChange(atStep: 6, temperature: 0.6))
    #expect(
      (1...7).map { config.sampling(first: $0).temperature } == [1, 1, 0.7, 0.7, 0.7, 0.6, 0.6])
    #expect((4...6).map { config.sampling(first: $0).maxCompletionLength } == [512, 900, 900])
    #expect((2...4).map { config.learningRate(step: $0, of: 9) } == [1e-6, 0.5, 0.5])
    #expect(config.longestCompletion == 900)
    #expect(config.problems.isEmpty)
  }

  @Test("a list that cannot be meant is refused where it is wrong")
  func problems() {
    #expect(
      config(
        ScheduledChange(atStep: 4, temperature: 1), ScheduledChange(atStep: 4, learningRate: 1),
        ScheduledChange(atStep: 9), ScheduledChange(atStep: nil, learningRate: 1)
      ).problems.map(\.field)
        == ["schedule[1].at_step", "schedule[2]", "schedule[3]"])
  }

  @Test("settings that need each other are checked")
  func together() {
    var config = GRPOConfiguration()
    config.lossType = .cispo
    #expect(config.problems.map(\.field) == ["epsilon_high"])
    config.epsilonHigh = 5
    #expect(config.problems.isEmpty)
    config.delta = 2
    #expect(config.problems.map(\.field) == ["delta"])
    config.delta = nil
    config.normalizeAdvantages = true
    #expect(config.problems.map(\.field) == ["normalize_advantages"])
    config.advantageEstimator = .rloo
    #expect(config.problems.isEmpty)
  }

  @Test("a change inside a batch of rollouts waits for the next one")
  func roundedUp() {
    let cycle = GenerationCycle(stepsPerGeneration: 2, numIterations: 2)
    #expect((1...9).map(cycle.firstUpdate) == [1, 5, 5, 5, 5, 9, 9, 9, 9])
    let plain = GenerationCycle(stepsPerGeneration: 1, numIterations: 1)
    #expect((1...3).map(plain.firstUpdate) == [1, 2, 3])
  }

  private func order(_ first: Int, _ count: Int, _ random: RandomStream) -> EpochPlan {
    EpochPlan(
      parts: [.init(first: first, count: count, weight: 1, index: 0)], batchSize: 2, dropLast: true,
      random: random)
  }

  @Test("a mixture that changes begins an order of its own, and counts epochs on")
  func phases() {
    let random = RandomStream(seed: 3)
    var alone = order(0, 6, random)
    var plan = PhasedPlan([
      .init(first: 1, plan: alone, spares: order(0, 6, random.at(9))),
      .init(first: 5, plan: order(10, 4, random), spares: order(10, 4, random.at(9))),
    ])
    for step in 1...4 {
      let expected = alone.batch(step: step)
      #expect(plan.batch(step: step) == expected)
    }
    #expect(Set((5...6).flatMap { plan.batch(step: $0).rows }) == [10, 11, 12, 13])
    // Four steps of three an epoch, then one of two.
    #expect(abs(plan.batch(step: 6).epoch - (4.0 / 3 + 0.5)) < 1e-12)
    // Any order of asking gives the same.
    #expect(plan.batch(step: 2) == alone.batch(step: 2))
    let spares = (1...3).map { plan.spares(step: 1, round: $0, of: 3) }
    #expect(Set(spares.flatMap { $0 }) == [0, 1, 2, 3, 4, 5])
    #expect(plan.spares(step: 5, round: 1, of: 3).allSatisfy { $0 >= 10 })
  }

  private func rollout(slot: Int, sample: Int, id: Int) -> Rollout {
    Rollout(
      prompt: PreparedPrompt(
        row: PromptRow(id: id, row: .init(id: id, prompt: .text("p")), text: "p"), tokens: [1]),
      slot: slot, sample: sample, number: sample,
      completion: .completion("\(id)", tokens: [2], logProbs: [0]), finished: true,
      rewards: [.score(Double(sample * (id % 2)))])
  }

  @Test("groups without a signal are replaced, and fill up what is missing in the end")
  func dynamicSampling() {
    func round(_ slots: Range<Int>) -> [Rollout] {
      slots.flatMap { slot in (0..<2).map { rollout(slot: slot, sample: $0, id: slot) } }
    }
    var groups = SampledGroups(wanted: 3, size: 2)
    groups.add(round(0..<3)) { $0.scores[0] }
    #expect(groups.missing == 2 && groups.sampled == 6)
    #expect(groups.rollouts.map(\.slot) == [0, 0, 1, 1, 2, 2])
    groups.add(round(3..<5)) { $0.scores[0] }
    // 1 and 3 have a signal; the first without fills up.
    #expect(groups.missing == 1)
    #expect(groups.rollouts.map(\.slot) == [0, 0, 1, 1, 3, 3])
    groups.add(round(5..<6)) { $0.scores[0] }
    #expect(groups.missing == 0 && groups.rollouts.map(\.slot) == [1, 1, 3, 3, 5, 5])
    #expect(groups.metrics["dynamic_sampling/rounds"] == 3)
    #expect(groups.metrics["dynamic_sampling/groups"] == 6)
    #expect(groups.metrics["dynamic_sampling/kept"] == 3)
    #expect(groups.metrics["dynamic_sampling/reward"] == 0.25)
  }

  @Test("the monitors count what the texts say, by difficulty and by group")
  func monitors() throws {
    func rollout(_ text: String, level: String, slot: Int, _ sample: Int, _ score: Double)
      -> Rollout
    {
      Rollout(
        prompt: PreparedPrompt(
          row: PromptRow(
            id: slot,
            row: .init(
              id: slot, prompt: .text("p"), gold: "42", verifier: "numeric",
              fields: ["level": .string(level)]), text: "p"), tokens: [1]),
        slot: slot, sample: sample, number: sample,
        completion: .completion(text, tokens: [2], logProbs: [0]), finished: true,
        rewards: [.score(score)])
    }
    let values = try SelfEvolution(
      [
        rollout("<think>wait, wait 等等</think>42", level: "1", slot: 0, 0, 1),
        rollout("41", level: "1", slot: 0, 1, 0), rollout("42", level: "2", slot: 1, 0, 1),
        rollout("<think>check it</think>42.0", level: "2", slot: 1, 1, 1),
      ], groupSize: 2, rewards: RewardSet(["accuracy"])
    ).values
    #expect(values["reflection/wait"] == 0.75 && values["reflection/check"] == 0.25)
    #expect(values["reflection/words"] == 1)
    #expect(values["language/en"] == 0.8 && values["language/zh"] == 0.2)
    #expect(values["accuracy/difficulty/1"] == 0.5 && values["accuracy/difficulty/2"] == 1)
    #expect(values["completions/distinct_answers"] == 1.5)
  }

  @Test("language shares and the language reward tell languages apart in the same way")
  func languages() throws {
    let german = "Zuerst addieren wir die beiden Zahlen. Also ist die Antwort 42."
    func rollout(_ fields: [String: JSONValue]) -> Rollout {
      Rollout(
        prompt: PreparedPrompt(
          row: PromptRow(
            id: 0,
            row: .init(
              id: 0, prompt: .text("How many apples?"), gold: "42", verifier: "numeric",
              fields: fields), text: "How many apples?"), tokens: [1]),
        slot: 0, sample: 0, number: 0,
        completion: .completion("<think>\(german)</think>42", tokens: [2], logProbs: [0]),
        finished: true, rewards: [.score(1)])
    }
    func measures(_ specs: [RewardSpec], _ fields: [String: JSONValue]) throws -> [String: Double] {
      let rewards = try RewardSet(specs)
      let rollout = rollout(fields)
      var results = EvaluationResults(rewards: ["accuracy"])
      results.add([rollout], samples: 1, rewards: rewards)
      return SelfEvolution([rollout], groupSize: 1, rewards: rewards).values
        .filter { $0.key.hasPrefix("language/") }
        .merging(["consistency": results.extras["language_consistency"]?.sum ?? -1]) { $1 }
    }
    var identifying = RewardSpec("language_consistency")
    identifying.parameters = ["identify": 1]
    identifying.types = ["reasoning"]
    let plain: [RewardSpec] = ["accuracy"]
    #expect(try measures(plain, [:]) == ["language/en": 1, "consistency": 1])
    #expect(try measures(plain, ["language": "de"]) == ["language/de": 1, "consistency": 1])
    #expect(try measures(plain, ["language": "nl"]) == ["language/de": 1, "consistency": 0])
    let mixed = plain + [identifying]
    #expect(try measures(mixed, ["type": "reasoning"]) == ["language/de": 1, "consistency": 0])
    #expect(try measures(mixed, [:]) == ["language/en": 1, "consistency": 1])
  }
}
