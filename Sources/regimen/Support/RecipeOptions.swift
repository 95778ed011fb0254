import ArgumentParser
import Foundation
import Host
import Insight
import Recipes
import Stages
import Storage
import Workflow

/// A recipe with the values, variants and seeds that flags ask for.
struct RecipeOptions: ParsableArguments {
  @Argument(help: "A recipe file (default with --from-run: that run's recipe as it was).")
  var recipe: String?

  @Option(
    name: [.customShort("S"), .customLong("set")], parsing: .unconditionalSingleValue,
    help: ArgumentHelp("Set a value: -S stages.sft.learning_rate=1e-4.", valueName: "a.b=v"))
  var overrides: [String] = []

  @Option(help: ArgumentHelp("A variant; may be repeated.", valueName: "n"))
  var variant: [String] = []

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Seeds; each makes a separate run.", valueName: "1,2"),
    transform: Self.seeds)
  var seeds: [Int] = []

  /// The recipes that the flags ask for: each variant with each seed.
  ///
  /// - Parameter origin: the run whose recipe, variant and values are meant where flags name none.
  func load(from origin: StoredOrigin? = nil) throws -> RecipeSet {
    guard let recipe else {
      guard let origin else {
        throw ValidationError("Missing expected argument '<recipe>'")
      }
      let variants = variant.isEmpty ? [origin.run.variant].compactMap(\.self) : variant
      return try load(
        origin.file(), variants: variants, overrides: origin.document.overrides + overrides)
    }
    return try load(RecipeFile(contentsOf: recipe), variants: variant, overrides: overrides)
  }

  private func load(
    _ file: RecipeFile, variants: [String], overrides given: [String]
  ) throws -> RecipeSet {
    var base: Recipe?
    var members: [RecipeSet.Member] = []
    for name in variants.isEmpty ? [nil] : variants.map(Optional.some) {
      for seed in seeds.isEmpty ? [nil] : seeds.map(Optional.some) {
        let overrides = given + (seed.map { ["seed=\($0)"] } ?? [])
        // The recipe's own name means the recipe without a variant.
        var variant = name
        if let name, !file.variants.contains(name) {
          base = try base ?? file.recipe(overrides: given, catalog: builtInStages.recipes)
          if base?.name == name { variant = nil }
        }
        let recipe = try file.recipe(
          variant: variant, overrides: overrides, catalog: builtInStages.recipes)
        members.append(RecipeSet.Member(recipe: recipe, overrides: overrides))
      }
    }
    return RecipeSet(file: file, members: members)
  }

  private static func seeds(_ text: String) throws -> [Int] {
    try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
      guard let seed = Int(part.trimmingCharacters(in: .whitespaces)) else {
        throw ValidationError("'\(part)' is not a seed; write --seeds 1,2,3.")
      }
      return seed
    }
  }
}

/// A run with the recipe that it was started with.
struct StoredOrigin {
  let run: RunRecord
  let document: RecipeDocument
  private let directory: String

  init(_ store: Store, _ run: RunRecord) throws {
    self.run = run
    document = try store.recipe(of: run)
    directory =
      try store.environment(of: run)["directory"] ?? FileManager.default.currentDirectoryPath
  }

  /// The recipe's text as it was.
  func file() throws -> RecipeFile {
    try RecipeFile(text: document.source, file: document.path, currentDirectory: directory)
  }

  /// The recipe as its file reads now, in the run's variant and with its overrides; nil if there is
  /// no such file any more. Throws what is wrong with one that cannot be read.
  func current() throws -> RecipeReading? {
    guard FileManager.default.fileExists(atPath: document.path) else { return nil }
    let file = try RecipeFile(contentsOf: document.path, currentDirectory: directory)
    let recipe = try file.recipe(
      variant: run.variant, overrides: document.overrides, catalog: builtInStages.recipes)
    return RecipeReading(
      recipe: recipe, source: file.text, path: document.path, overrides: document.overrides)
  }

  /// The source of the run's plan: the present recipe file, or the stored recipe.
  func set(_ plan: Plan, stored: Bool) throws -> RecipeSet {
    let isThere = FileManager.default.fileExists(atPath: document.path)
    return RecipeSet(
      file: stored || !isThere
        ? try file() : try RecipeFile(contentsOf: document.path, currentDirectory: directory),
      members: [.init(recipe: plan.recipe, overrides: document.overrides)])
  }

  /// The recipe's path, from here where it lies below.
  var shortPath: String {
    let here = FileManager.default.currentDirectoryPath + "/"
    return document.path.hasPrefix(here)
      ? String(document.path.dropFirst(here.count)) : document.path
  }
}

/// What one command runs: a recipe file in one or several variants and seeds.
struct RecipeSet {
  struct Member {
    let recipe: Recipe
    /// The values of -S, and the seed of --seeds.
    let overrides: [String]
  }

  let file: RecipeFile
  let members: [Member]

  /// Plans all members; each plan knows the results of those before it.
  ///
  /// A missing file becomes a mistake at its place in the recipe.
  ///
  /// - Parameter assuming: files that the recipe describes in `assume` may be missing.
  func plans(
    _ planner: Planner, options: PlanOptions, fork: Fork? = nil, assuming: Bool = false
  ) throws -> [Plan] {
    var plans: [Plan] = []
    for member in members {
      do {
        var options = options
        if assuming { options.absent = member.recipe.assumptions.fields }
        plans.append(
          try planner.plan(member.recipe, options: options, before: plans, fork: fork))
      } catch let error as WorkflowError where !error.missing.isEmpty {
        throw RecipeError(missing(error.missing, member))
      }
    }
    return plans
  }

  /// What to do about a model that is named as hubs name them.
  private func hubHint(_ path: String, _ field: String) -> String {
    let folder = URL(fileURLWithPath: file.file).deletingLastPathComponent().path
    guard field.hasPrefix("models."), field.hasSuffix(".path"),
      let hub = HubName(path: path, below: folder)
    else { return "" }
    return "; " + hub.hint(place: path)
  }

  /// One mistake for each file that is missing, at the first place that names it.
  private func missing(
    _ files: [WorkflowError.MissingFile], _ member: Member
  ) -> [Diagnostic] {
    let paths = files.map(\.path).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
    return paths.map { path in
      let fields = files.filter { $0.path == path }.map(\.field)
      let others = fields.dropFirst().joined(separator: ", ")
      return file.diagnostic(
        at: fields[0], variant: member.recipe.variant, overrides: member.overrides,
        "there is nothing at \(path)" + (others.isEmpty ? "" : "; \(others) also name it")
          + hubHint(path, fields[0]))
    }
  }

  /// Checks the datasets of all plans, prints notes, and throws all mistakes.
  func checkData(of plans: [Plan], _ checks: DataChecks, _ console: Console) throws {
    let mistakes = try mistakes(in: plans, checks, console)
    guard mistakes.isEmpty else { throw RecipeError(mistakes) }
  }

  /// The mistakes in the datasets of all plans, each once.
  func mistakes(
    in plans: [Plan], _ checks: DataChecks, _ console: Console
  ) throws -> [Diagnostic] {
    let memory = DataCheck.Memory(
      notes: { checks.notes(of: $0) }, remember: { checks.remember($0, notes: $1) })
    var mistakes: [Diagnostic] = []
    for (plan, member) in zip(plans, members) {
      let check = DataCheck(plan, program: Regimen.version, memory: memory, in: LocalFiles())
      for note in check.notes { console.note(note) }
      for problem in check.problems {
        let mistake = file.diagnostic(
          at: problem.field, variant: member.recipe.variant, overrides: member.overrides,
          problem.message)
        if !mistakes.contains(mistake) { mistakes.append(mistake) }
      }
    }
    return mistakes
  }

  /// Throws where a recipe has a model that can be planned and not trained.
  func requireTrainable() throws {
    for member in members {
      let models = member.recipe.assumptions.models.filter {
        $0.value.architecture == .deepseekV3
      }
      guard let name = models.keys.min() else { continue }
      throw RecipeError([
        file.diagnostic(
          at: "assume.models.\(name).architecture", variant: member.recipe.variant,
          overrides: member.overrides,
          "'\(name)' is a mixture of experts, which can be planned but not trained; give a dense "
            + "model, or estimate its cost with `regimen plan --estimate`")
      ])
    }
  }
}
