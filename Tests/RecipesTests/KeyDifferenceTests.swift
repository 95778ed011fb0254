import Settings
import Testing

@testable import Recipes

@Suite struct KeyDifferenceTests {
  private static func keys(_ overrides: String..., seed: Int = 17) throws -> [String: StageKey] {
    let recipe = try Fixture.load(overrides: overrides + ["seed=\(seed)"])
    let files = recipe.contentFiles(catalog: Fixture.catalog).map { ($0.path, $0.path) }
    return recipe.keys(
      catalog: Fixture.catalog, files: Dictionary(files) { first, _ in first },
      numerics: ["cpu": "avx2"])
  }

  @Test("runs of several seeds have equal keys without their seeds, other settings have not")
  func seedless() throws {
    let (one, two) = (try Self.keys(seed: 1), try Self.keys(seed: 2))
    #expect(one != two)
    let plain = StageKey.withoutSeeds(one)
    #expect(plain == StageKey.withoutSeeds(two))
    let changed = StageKey.withoutSeeds(try Self.keys("stages.zero.learning_rate=0.5", seed: 2))
    #expect(changed["cold_start"] == plain["cold_start"])
    // What follows has another key, too.
    for name in ["zero", "rejection"] { #expect(changed[name] != plain[name], "\(name)") }
  }

  @Test("what people made of rows goes with the seed that chose them")
  func reviews() throws {
    var keys = try Self.keys()
    let plain = StageKey.withoutSeeds(keys)
    guard case .map(var parts)? = keys["cold_start"]?.components else { return }
    parts["asked"] = .string("a")
    parts["reviewed"] = .string("b")
    keys["cold_start"] = StageKey(components: .map(parts))
    #expect(StageKey.withoutSeeds(keys)["cold_start"] == plain["cold_start"])
  }

  @Test("differences are values; their words come from one place")
  func values() throws {
    let (old, new) = (
      try Self.keys(), try Self.keys("stages.cold_start.learning_rate=0.5", seed: 18)
    )
    let first = try #require(new["cold_start"]).changes(from: try #require(old["cold_start"]))
    #expect(
      first.contains {
        if case .setting("learning_rate", let change) = $0 {
          change.new == .double(0.5)
        } else {
          false
        }
      })
    #expect(first.contains(.seed) && first.filter(\.isSeed).count > 1)
    #expect(first.compactMap(\.port).allSatisfy { ["model", "data"].contains($0) })
    let next = try #require(new["zero"]).changes(from: try #require(old["zero"]))
    #expect(next.contains(.input(port: "model", index: nil, .upstream)))
    #expect(next.filter(\.isUpstream).map(\.text) == ["input model: upstream stage changed"])
    #expect(first.first { !$0.isSeed }?.newText == "learning_rate 0.5")
  }

  @Test("what a metric depends on decides which differences touch it")
  func bases() throws {
    func change(_ old: ConfigValue, _ new: ConfigValue) -> KeyDifference {
      .setting("reward_funcs", .init(old: old, new: new))
    }
    let (both, one) = (
      ConfigValue.list([.string("a"), .string("b")]),
      ConfigValue.list([.map(["name": .string("a"), "weight": .double(2)])])
    )
    let basis = MetricDescription.Basis.reward(inputs: ["data"])
    #expect(!basis.isTouched(by: change(both, one), reward: "a", settings: [:]))
    #expect(basis.isTouched(by: change(both, one), reward: "b", settings: [:]))
    let upstream = KeyDifference.input(port: "reward_model", index: nil, .upstream)
    let settings: [String: ConfigValue] = [
      "reward_funcs": .list([.string("a"), .map(["reward_model": .string("rm")])])
    ]
    #expect(!basis.isTouched(by: upstream, reward: "a", settings: settings))
    #expect(basis.isTouched(by: upstream, reward: "rm", settings: settings))
    let whole = MetricDescription.Basis.everything(but: ["model"])
    for port in ["data", "judge_model", "opponent", "reward_model"] {
      let change = KeyDifference.input(port: port, index: nil, .upstream)
      #expect(whole.isTouched(by: change, reward: nil, settings: [:]), "\(port)")
    }
    let model = KeyDifference.input(port: "model", index: nil, .upstream)
    #expect(!whole.isTouched(by: model, reward: nil, settings: [:]))
    #expect(!whole.isTouched(by: .seed, reward: nil, settings: [:]))
    #expect(!MetricDescription.Basis.nothing.isTouched(by: model, reward: nil, settings: [:]))
  }

  @Test("words in braces of a metric's name stand for what differs between recipes")
  func names() {
    func words(_ name: String, _ recorded: String, perDataset: Bool = false) -> [String: String]? {
      MetricDescription(name, isPerDataset: perDataset, "").words(in: recorded)
    }
    #expect(words("kl", "kl") == [:] && words("kl", "kll") == nil)
    #expect(words("rewards/{reward}/mean", "rewards/a/b/mean") == ["reward": "a/b"])
    #expect(words("rewards/{reward}/mean", "rewards//mean") == nil)
    #expect(
      words("types/{type}/rewards/{reward}/mean", "types/x/rewards/y/mean")
        == ["type": "x", "reward": "y"])
    #expect(words("pass@{k}", "pass@16") == ["k": "16"] && words("pass@{k}", "pass@x") == nil)
    #expect(words("pass@1", "math.data/pass@1", perDataset: true) == [:])
    #expect(words("pass@1", "math/pass@1") == nil)
  }
}
