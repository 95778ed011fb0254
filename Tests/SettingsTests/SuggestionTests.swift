import Testing

@testable import Settings

@Suite struct SuggestionTests {
  @Test(
    "the nearest name is found through missing, wrong and swapped letters",
    arguments: [
      ("grop", "grpo"), ("sfft", "sft"), ("learning_rte", "learning_rate"), ("SFT", "sft"),
      ("reward_functions", "reward_funcs"), ("max_step", "max_steps"),
    ])
  func near(word: String, name: String) {
    let names = ["sft", "grpo", "learning_rate", "max_steps", "reward_funcs"]
    #expect(nearestName(to: word, among: names) == name)
  }

  @Test("nothing is suggested when nothing is near", arguments: ["", "lr", "x", "temperature"])
  func far(word: String) {
    #expect(nearestName(to: word, among: ["sft", "grpo", "learning_rate"]) == nil)
  }

  @Test("of names that are equally near the first is suggested")
  func ties() { #expect(nearestName(to: "bat", among: ["cat", "bar", "hat"]) == "cat") }
}
