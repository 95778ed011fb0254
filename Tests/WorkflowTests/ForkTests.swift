import Foundation
import Recipes
import Settings
import Storage
import Testing

@testable import Workflow

@Suite struct ForkTests {
  private let temporary: TemporaryWorkspace
  private let store: Store

  init() throws {
    temporary = try TemporaryWorkspace()
    store = try temporary.open()
  }

  /// Plans a fork of a run on a machine with another processor.
  private func fork(
    _ run: String, _ recipe: Recipe, adopt: [String] = [], force: [String] = []
  ) throws -> Plan {
    var options = PlanOptions()
    options.force = force
    return try temporary.planner(store, numerics: ["cpu": "avx512"])
      .plan(recipe, options: options, fork: Fork(from: store.run(id: run), adopt: adopt))
  }

  @Test("resume on another processor is refused in words that offer the fork")
  func refuses() async throws {
    let run = try await temporary.run(chain(second: ["fail_at": 3]), in: store).run
    let error = #expect(throws: WorkflowError.self) {
      try temporary.planner(store, numerics: ["cpu": "avx512"])
        .plan(resuming: store.run(id: run))
    }
    #expect(error?.exitCode == 7)
    #expect(
      error?.message == "cannot continue run r1: stage 'sft' would not be the same: "
        + "cpu avx2 -> avx512")
    #expect(error?.code == .changedMachine)
  }

  @Test("a fork adopts what is finished, under its own key, and trains the rest")
  func adopts() async throws {
    let recipe = chain(second: ["fail_at": 3])
    let run = try await temporary.run(recipe, in: store).run
    let plan = try fork(run, recipe)
    #expect(
      plan.steps.map(\.reason) == [
        "reuse: adopted from run r1 (\(run)), although cpu avx2 -> avx512",
        "run: cpu avx2 -> avx512 since run r1 (\(run))",
      ])
    let base = try store.stage("base", of: store.run(id: run))
    #expect(plan.steps[0].key.digest == base.key, "it is what it was made as")
    #expect(plan.steps[1].key.json.contains(base.key), "and what follows says so")
    let log = EventLog()
    let outcome = try await temporary.engine(store, sinks: [log])
      .run(plan, as: RunRequest(name: "fork"))
    #expect(log.all(.stageReused).map(\.reason) == [plan.steps[0].reason])
    let stages = try store.stages(run: outcome.run)
    #expect(stages.map(\.status) == [.reused, .failed])
    #expect(stages[0].reusedFrom == run && stages[0].step == 4)
    #expect(try store.outputs(stage: stages[0].id) == store.outputs(stage: base.id))
    #expect(try store.run(id: outcome.run).forkedFrom == run)

    let resumed = try temporary.planner(store, numerics: ["cpu": "avx512"])
      .plan(resuming: store.run(id: outcome.run))
    #expect(try await temporary.engine(store).resume(resumed).status == .succeeded)
    #expect(storageCode { try store.removeRun(id: run) } == .held, "the fork stands on it")
  }

  @Test("what the recipe asks for differently is trained, unless it is named")
  func changes() async throws {
    let run = try await temporary.run(chain(), in: store).run
    let recipe = chain(["learning_rate": 0.2])
    #expect(try fork(run, recipe).steps.map(\.action.word) == ["run", "run"])
    let adopted = try fork(run, recipe, adopt: ["base"])
    #expect(adopted.steps.map(\.action.word) == ["reuse", "reuse"])
    #expect(
      adopted.steps[0].reason
        == "reuse: adopted from run r1 (\(run)), although learning_rate 0.1 -> 0.2, cpu avx2 -> avx512"
    )
    #expect(
      try fork(run, recipe, adopt: ["base"], force: ["base"]).steps.map(\.action.word)
        == ["run", "run"], "--force goes before")
  }

  @Test("only finished stages of the recipe can be adopted")
  func unknown() async throws {
    let run = try await temporary.run(chain(second: ["fail_at": 3]), in: store).run
    for (name, message) in [
      ("rl", "--adopt rl: the recipe's stages are base, sft"),
      ("sft", "--adopt sft: run r1 has no finished stage 'sft' of the same kind"),
    ] {
      let error = #expect(throws: WorkflowError.self) { try fork(run, chain(), adopt: [name]) }
      #expect(error?.message == message && error?.exitCode == 2)
    }
  }

  @Test("a recipe that was changed in what matters is refused; other changes are fine")
  func changedRecipe() async throws {
    let run = try store.run(
      id: try await temporary.run(chain(second: ["fail_at": 3]), in: store).run)
    let planner = temporary.planner(store)
    func resume(_ recipe: Recipe) throws -> Plan {
      try planner.plan(
        resuming: run,
        as: RecipeReading(recipe: recipe, source: "", path: "/r1.yaml", overrides: []))
    }
    let plan = try resume(chain(["note": "x"], second: ["fail_at": 3]))
    #expect(plan.changes == ["stages.base.note none -> x"], "and it is what is carried out")
    let error = #expect(throws: WorkflowError.self) {
      try resume(chain(["steps": 5], second: ["learning_rate": 0.3]))
    }
    #expect(error?.exitCode == 7)
    #expect(
      error?.message == "cannot continue run r1: /r1.yaml was changed since: stages.base: "
        + "steps 4 -> 5, stages.sft: learning_rate 0.1 -> 0.3")
    #expect(error?.code == .changedRecipe)
  }

  private func storageCode(_ body: () throws -> Void) -> StorageError.Code? {
    do { try body() } catch { return (error as? StorageError)?.code }
    return nil
  }
}
