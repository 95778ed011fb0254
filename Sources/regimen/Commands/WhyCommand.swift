import ArgumentParser
import Insight
import Recipes
import Storage

struct WhyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "why",
    abstract: "Shows why a stage was run, resumed or reused, and how it differs.",
    discussion: """
      The reason in its plan, and every difference between its key and the most similar earlier \
      key of a stage with this name.
      """)

  @Argument(help: ArgumentHelp("A stage, as RUN/STAGE.", valueName: "run/stage")) var place: String
  @OptionGroup var global: GlobalOptions

  func run() throws {
    guard let selector = StageSelector(place) else {
      throw CommandError(.usage, "'\(place)' is not RUN/STAGE")
    }
    let store = try global.store()
    let stage = try selector.record(in: store)
    Output.line("\(stage.action): \(stage.reason)")
    if let origin = try store.origin(of: stage) { Output.line("produced by \(origin)") }
    let key = try StageKey(json: stage.components)
    let earlier = try store.earlierStages(name: stage.name, kind: stage.kind)
      .filter { $0.id < stage.id && $0.run != stage.run }
    let compared = try earlier.map {
      ($0, key.differences(from: try StageKey(json: $0.components)))
    }
    guard let (nearest, differences) = compared.min(by: { $0.1.count < $1.1.count }) else {
      return Output.line("no earlier run has a stage with this name and kind")
    }
    let label = "\(nearest.runName) (\(nearest.run))"
    guard !differences.isEmpty else { return Output.line("same key as in run \(label)") }
    Output.line("since run \(label):")
    for difference in differences { Output.line("  \(difference)") }
  }
}
