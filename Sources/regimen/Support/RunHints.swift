import Foundation
import Insight
import Recipes
import Stages
import Storage
import Workflow

/// What to type next, for runs as they stand.
struct RunHints {
  let store: Store

  init(_ store: Store) { self.store = store }

  /// The command that resumes a run, or its experiment if it is part of one.
  func resume(_ run: RunRecord) throws -> String {
    if let experiment = try store.experiment(of: run) {
      return CommandText.make("resume", try store.handle(of: experiment))
    }
    return CommandText.make("resume", try store.resumeHandle(of: run))
  }

  /// The command that runs the present recipe and files of some runs: unchanged results are reused,
  /// and checkpoints continued from.
  ///
  /// - Parameter fork: take over what another program or machine made.
  func again(_ run: RunRecord, fork: Bool = false) throws -> String {
    let runs = try store.experiment(of: run)?.runs ?? [run]
    let origin = try StoredOrigin(store, run)
    var words: [String] = []
    let exists = FileManager.default.fileExists(atPath: origin.document.path)
    if exists { words.append(origin.shortPath) }
    if exists || runs.count > 1 {
      let members = fork ? [run] : runs
      for variant in Self.unique(members.map { $0.variant ?? $0.recipe }) {
        if members.contains(where: { $0.variant != nil }) { words += ["--variant", variant] }
      }
      // An override of the seed is what --seeds left.
      let seeds = try Self.unique(
        members.filter { try store.recipe(of: $0).overrides.contains("seed=\($0.seed)") }
          .map { "\($0.seed)" })
      if !seeds.isEmpty { words += ["--seeds", seeds.joined(separator: ",")] }
      for value in origin.document.overrides where exists && !value.hasPrefix("seed=") {
        words += ["-S", value]
      }
    }
    if fork || !exists { words += ["--from-run", try store.handle(of: run)] }
    return CommandText.make("run", words)
  }

  private static func unique(_ words: [String]) -> [String] {
    var seen: Set<String> = []
    return words.filter { seen.insert($0).inserted }
  }

  /// What to do after a command that carried out these runs.
  func after(_ given: [RunRecord]) throws -> [String] {
    let runs = try given.map { try store.run(id: $0.id) }
    guard let first = runs.first else { return [] }
    let all = try store.experiment(of: first)?.runs ?? runs
    if let open = all.first(where: { $0.status != .succeeded }) {
      return [""] + (try RunState(store, open).steps)
    }
    if all.count > 1 { return [""] + (try lines(of: all)) }
    return [""] + (try lines(of: first))
  }

  private func lines(of run: RunRecord) throws -> [String] {
    let name = try store.handle(of: run)
    var hints = [
      CommandText.make("metrics", name) + "    every metric of every step",
      CommandText.make("samples", name) + "    completions and their scores",
    ]
    if let stage = try result(of: run) {
      hints.append(
        CommandText.make("generate", "--model", "\(name)/\(stage)") + " --prompt ...    tries it")
      hints.append(
        CommandText.make("export", "\(name)/\(stage)", "--format", "hf")
          + " -o DIR    exports it")
    }
    return hints
  }

  /// Of an experiment that is done.
  private func lines(of runs: [RunRecord]) throws -> [String] {
    let recipe = runs[0].recipe
    let sides = Set(runs.map { $0.variant ?? "" }).count
    var hints: [String] = []
    if sides > 1 {
      let comparison = try Recipe(
        json: store.recipe(of: runs[0]).resolved, catalog: builtInStages.recipes
      ).comparison
      let metric = comparison == nil ? " --metric STAGE.METRIC" : ""
      hints.append(CommandText.make("compare", recipe) + metric + "    compares its variants")
    }
    hints.append(
      CommandText.make("ls") + "    lists all runs, for metrics, samples, generate, export")
    return hints
  }

  /// The stage whose model is what the recipe is about: the one that its comparison measures, else the
  /// last that was evaluated, else the last that writes text.
  private func result(of run: RunRecord) throws -> String? {
    guard
      let recipe = try? Recipe(
        json: store.recipe(of: run).resolved, catalog: builtInStages.recipes)
    else { return nil }
    let writers = recipe.stages.filter { writesText($0) }.map(\.name)
    let measured = recipe.comparison?.metric.split(separator: ".").first.map(String.init)
    let evaluated = recipe.stages.filter { builtInStages.recipes.isEvaluation($0.kind) }
      .map(\.name)
    let chosen =
      ([measured].compactMap(\.self) + evaluated.reversed()).lazy.compactMap { name in
        writers.contains(name) ? name : model(of: name, in: recipe)
      }.first { writers.contains($0) } ?? writers.last
    return try chosen.flatMap { name in
      try store.stages(run: run.id).contains { $0.name == name && $0.status.isDone } ? name : nil
    }
  }

  private func writesText(_ stage: StageSpec) -> Bool {
    builtInStages.recipes.kind(stage.kind)?.outputs.contains { $0.type == .model } ?? false
  }

  /// The stage that a stage takes its model from.
  private func model(of name: String, in recipe: Recipe) -> String? {
    let inputs = recipe.stages.first { $0.name == name }?.inputs["model"] ?? []
    for case .stage(let origin, _) in inputs.map(\.origin) { return origin }
    return nil
  }
}

extension RunState {
  /// The run's state, with the command that resumes it.
  init(_ store: Store, _ run: RunRecord) throws {
    let hints = RunHints(store)
    let commands = NextCommands(resume: hints.resume, again: { try hints.again($0) })
    try self.init(store, run, now: currentMilliseconds(), commands: commands)
  }
}
