import ArgumentParser
import Insight
import JSON
import Storage

struct ShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Shows a run, or one stage of it.",
    discussion: "With --lock: every resolved value of the run, with the digests of its outputs.")

  @Argument(
    help: ArgumentHelp("A run (id, unique prefix, name, @last), or RUN/STAGE.", valueName: "run"))
  var selector: String
  @Flag(help: "Print the resolved recipe, stage keys and output digests as JSON.") var lock = false
  @Flag(help: "Print one JSON document.") var json = false
  @OptionGroup var global: GlobalOptions

  func run() throws {
    let store = try global.store()
    if let selector = StageSelector(selector) {
      return try show(selector.record(in: store), in: store)
    }
    let run = try store.run(selector: selector)
    if lock {
      Output.json(try lockFile(run, store))
    } else if json {
      Output.json(try RunDocuments.run(store, run))
    } else {
      Output.line(try RunSummary(store, run: run, now: currentMilliseconds()).text)
    }
  }

  private func show(_ stage: StageRecord, in store: Store) throws {
    if json || lock {
      Output.json(try RunDocuments.stage(store, stage))
    } else {
      Output.line(try StageDetails(store, stage).text)
    }
  }

  private func lockFile(_ run: RunRecord, _ store: Store) throws -> JSONValue {
    let document = try store.recipe(of: run)
    let environment = try store.environment(of: run).sorted { $0.key < $1.key }
    let stages = try store.stages(run: run.id).map { try RunDocuments.stage(store, $0) }
    return .object([
      ("run", .string(run.id)), ("name", .string(run.name)), ("file", .string(document.path)),
      ("overrides", .array(document.overrides.map { .string($0) })),
      ("environment", .object(environment.map { ($0.key, .string($0.value)) })),
      ("recipe", .verbatim(document.resolved)), ("stages", .array(stages)),
    ])
  }
}
