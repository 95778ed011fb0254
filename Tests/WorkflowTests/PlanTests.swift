import Foundation
import Recipes
import Settings
import Storage
import Testing

@testable import Workflow

@Suite struct PlanTests {
  private let temporary: TemporaryWorkspace
  private let store: Store

  init() throws {
    temporary = try TemporaryWorkspace()
    store = try temporary.open()
  }

  private func reasons(_ recipe: Recipe, _ options: PlanOptions = PlanOptions()) throws -> [String]
  {
    try temporary.planner(store).plan(recipe, options: options).steps
      .map { "\($0.name) | \($0.reason)" }
  }

  private func options(_ change: (inout PlanOptions) -> Void) -> PlanOptions {
    var options = PlanOptions()
    change(&options)
    return options
  }

  @Test("an empty workspace runs everything")
  func first() throws {
    #expect(
      try reasons(chain()) == [
        "base | run: no earlier run has this stage", "sft | run: no earlier run has this stage",
      ])
  }

  @Test("nothing changed: everything is reused, and the plan has no work")
  func unchanged() async throws {
    let run = try await temporary.run(chain(), in: store).run
    let plan = try temporary.planner(store).plan(chain())
    #expect(
      plan.steps.map(\.reason) == Array(repeating: "reuse: same key as run r1 (\(run))", count: 2))
    #expect(plan.steps.map(\.action.word) == ["reuse", "reuse"] && !plan.hasWork)
  }

  @Test("what changes no result changes no plan")
  func excluded() async throws {
    _ = try await temporary.run(chain(), in: store, name: "other")
    let plan = try temporary.planner(store).plan(
      chain(["note": "for the log"], second: ["fail_at": 9]))
    #expect(!plan.hasWork)
  }

  @Test("a changed parameter is named, and so is what follows from it")
  func changed() async throws {
    let run = try await temporary.run(chain(), in: store).run
    #expect(
      try reasons(chain(["learning_rate": 0.2])) == [
        "base | run: learning_rate 0.1 -> 0.2 since run r1 (\(run))",
        "sft | run: input model: upstream stage changed since run r1 (\(run))",
      ])
    #expect(
      try reasons(chain(second: ["steps": 5])) == [
        "base | reuse: same key as run r1 (\(run))",
        "sft | run: steps 4 -> 5 since run r1 (\(run))",
      ])
    #expect(
      try reasons(chain(seed: 18))[0] == "base | run: seed changed since run r1 (\(run))")
    let other = temporary.planner(store, numerics: ["cpu": "amx"])
    #expect(
      try other.plan(chain()).steps[0].reason == "run: cpu avx2 -> amx since run r1 (\(run))")
  }

  @Test("the nearest earlier run is the one to compare with")
  func nearest() async throws {
    let near = try await temporary.run(chain(["steps": 3]), in: store, name: "near").run
    _ = try await temporary.run(chain(["steps": 2, "learning_rate": 3.0]), in: store, name: "far")
    #expect(
      try reasons(chain(["steps": 5]))[0] == "base | run: steps 3 -> 5 since run near (\(near))")
  }

  @Test("a run that stopped inside a stage: a new plan goes on from its checkpoint")
  func killed() async throws {
    let straight = try await temporary.run(chain(["steps": 3]), in: store).run
    let stop = StopFlag()
    let log = EventLog { if $0.event == .metrics, $0.step == 2 { stop.set() } }
    let recipe = chain()
    let stopped = try await temporary.run(
      recipe, in: store, name: "cut", stop: stop, sinks: [log]
    ).run
    let plan = try temporary.planner(store).plan(recipe)
    #expect(
      plan.steps.map(\.reason) == [
        "resume: step 2 of 4 of run cut (\(stopped))",
        "run: input model: upstream stage changed since run r1 (\(straight))",
      ])
    let resumed = try temporary.planner(store).plan(resuming: store.run(id: stopped))
    #expect(
      resumed.steps.map(\.reason) == [
        "resume: step 2 of 4",
        "run: input model: upstream stage changed since run r1 (\(straight))",
      ])
    #expect(resumed.run?.id == stopped)

    // A new run that goes on from there ends like one that was never stopped.
    let outcome = try await temporary.run(recipe, in: store, name: "new")
    let whole = try await temporary.run(
      recipe, in: store, name: "whole", options: options { $0.noCache = true })
    #expect(try Result(store, run: outcome.run) == Result(store, run: whole.run))
    #expect(try store.run(id: stopped).status == .interrupted)
    #expect(try store.integrityProblems() == [])
  }

  @Test("a stage that failed before its first checkpoint runs again, and the plan says so")
  func failed() async throws {
    let run = try await temporary.run(chain(["fail_at": 1]), in: store).run
    #expect(
      try reasons(chain())[0] == "base | run: failed in run r1 (\(run)) before its first checkpoint"
    )
  }

  @Test("missing objects are noticed by the plan")
  func missingObjects() async throws {
    let run = try await temporary.run(chain(), in: store).run
    let record = try store.stages(run: run)[0]
    let manifest = try #require(try store.outputs(stage: record.id)["model"])
    let state = try #require(try store.objects.manifest(manifest).files["state"])
    try FileManager.default.removeItem(atPath: store.objects.path(state.sha256))
    #expect(
      try reasons(chain()) == [
        "base | run: outputs of run r1 (\(run)) are gone from runs/objects",
        "sft | reuse: same key as run r1 (\(run))",
      ])
    #expect(try await temporary.run(chain(), in: store, name: "again").status == .succeeded)
    #expect(try store.hasOutputs(stage: record.id))
  }

  @Test("flags force, limit and refuse")
  func flags() async throws {
    let recipe = Recipe(
      name: "r1", seed: 1,
      stages: [
        stage("a"), stage("b", after: "a"), stage("c", after: "b"), stage("d", after: "a"),
      ])
    #expect(throws: WorkflowError.self) { try reasons(recipe, options { $0.only = "b" }) }
    let run = try await temporary.run(recipe, in: store).run
    let reuse = "reuse: same key as run r1 (\(run))"
    #expect(
      try reasons(recipe, options { $0.force = ["b"] }) == [
        "a | \(reuse)", "b | run: requested by --force", "c | \(reuse)", "d | \(reuse)",
      ])
    #expect(
      try reasons(recipe, options { $0.from = "b" }) == [
        "a | \(reuse)", "b | run: requested by --from b", "c | run: requested by --from b",
        "d | \(reuse)",
      ])
    #expect(
      try reasons(recipe, options { $0.until = "b" }) == ["a | \(reuse)", "b | \(reuse)"])
    #expect(
      try reasons(recipe, options { ($0.only, $0.noCache) = ("b", true) }) == [
        "a | \(reuse)", "b | run: requested by --no-cache",
      ])
    #expect(
      try reasons(recipe, options { $0.noCache = true }).allSatisfy {
        $0.hasSuffix("run: requested by --no-cache")
      })
    let outcome = try await temporary.run(
      recipe, in: store, name: "part", options: options { $0.until = "b" })
    #expect(
      try store.stages(run: outcome.run).map(\.status) == [.reused, .reused, .skipped, .skipped])
    let error = #expect(throws: WorkflowError.self) {
      try reasons(recipe, options { $0.force = ["e"] })
    }
    #expect(error?.exitCode == 2)
    #expect(error?.message == "--force e: the recipe's stages are a, b, c, d")
  }

  @Test("a missing file is an error that names its recipe key, if a stage needs it")
  func missingFile() throws {
    let missing = "\(temporary.workspace.folder)/none.jsonl"
    let data = SourceSpec(
      name: "problems", type: .dataset, values: ["file": .string(missing), "size": 10])
    func recipe(_ name: String?) -> Recipe {
      Recipe(
        name: "r1", seed: 1, datasets: ["problems": data],
        stages: [stage("a", data: name), stage("b", ["file": .string(missing)])])
    }
    let error = #expect(throws: WorkflowError.self) { try reasons(recipe("problems")) }
    #expect(error?.exitCode == 3)
    #expect(
      error?.message == "datasets.problems.file: there is nothing at \(missing)\n"
        + "stages.b.file: there is nothing at \(missing)")
    #expect(try reasons(recipe(nil), options { $0.until = "a" }).count == 1)
  }

  @Test("a file's content decides, not its name or date")
  func files() async throws {
    let path = try temporary.write("a.jsonl", "one")
    func recipe(_ path: String) -> Recipe {
      Recipe(name: "r1", seed: 1, stages: [stage("base", ["file": .string(path)])])
    }
    let run = try await temporary.run(recipe(path), in: store).run
    let copy = try temporary.write("b.jsonl", "one")
    #expect(try reasons(recipe(copy)) == ["base | reuse: same key as run r1 (\(run))"])
    _ = try temporary.write("a.jsonl", "two")
    #expect(
      try reasons(recipe(path)) == ["base | run: file: file content changed since run r1 (\(run))"])
  }

  @Test("a run whose file was changed since cannot go on, unless the stage that read it is done")
  func resumeAfterChange() async throws {
    let path = try temporary.write("a.jsonl", "one")
    func recipe(failing: String) -> Recipe {
      Recipe(
        name: "r1", seed: 1,
        stages: [
          stage("base", ["file": .string(path), "fail_at": failing == "base" ? 2 : 0]),
          stage("sft", after: "base", ["fail_at": failing == "sft" ? 2 : 0]),
        ])
    }
    let first = try await temporary.run(recipe(failing: "base"), in: store)
    var changed = recipe(failing: "sft")
    changed = Recipe(name: "r2", seed: 2, stages: changed.stages)
    let second = try await temporary.run(changed, in: store, name: "r2")
    _ = try temporary.write("a.jsonl", "two")
    let error = #expect(throws: WorkflowError.self) {
      try temporary.planner(store).plan(resuming: store.run(id: first.run))
    }
    #expect(error?.exitCode == 7)
    #expect(
      error?.message == "cannot continue run r1: stage 'base' would not be the same: "
        + "file: file content changed")
    #expect(error?.code == .changedFile)
    try FileManager.default.removeItem(atPath: path)
    #expect(try await temporary.resume(second.run, in: store).exitCode == 0)
  }

  @Test("plans of one command know what the earlier ones will have finished")
  func several() async throws {
    let planner = temporary.planner(store)
    let first = try planner.plan(chain())
    let second = try planner.plan(chain(second: ["steps": 2]), before: [first])
    #expect(
      second.steps.map(\.reason) == [
        "reuse: same key as an earlier run of this plan", "run: no earlier run has this stage",
      ])
    let engine = temporary.engine(store)
    _ = try await engine.run(first, as: RunRequest(name: "one"))
    let outcome = try await engine.run(second, as: RunRequest(name: "two"))
    #expect(try store.stages(run: outcome.run).map(\.status) == [.reused, .succeeded])
  }

  @Test("an estimate comes from a stage with the same settings")
  func estimates() async throws {
    #expect(try temporary.planner(store).plan(chain()).steps[0].estimate == nil)
    let run = try await temporary.run(chain(), in: store).run
    let steps = try temporary.planner(store).plan(chain(seed: 3)).steps
    #expect(steps.map(\.estimate?.basis) == Array(repeating: "as in run r1 (\(run))", count: 2))
    #expect(try temporary.planner(store).plan(chain(["steps": 9])).steps[0].estimate == nil)
  }

  @Test("runs are called after their recipe, or with variant and seed when there are several")
  func names() {
    let plain = Recipe(name: "r1", seed: 3, stages: [])
    let variant = Recipe(name: "r1", variant: "no_kl", seed: 4, stages: [])
    #expect(RunName.make(plain, several: false) == "r1")
    #expect(RunName.make(variant, several: false) == "r1-no_kl")
    #expect(RunName.make(variant, given: "x", several: false) == "x")
    #expect(RunName.make(plain, several: true) == "r1-3")
    #expect(RunName.make(variant, several: true) == "r1-no_kl-4")
    #expect(RunName.make(variant, given: "x", several: true) == "x-no_kl-4")
  }
}
