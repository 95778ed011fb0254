import Host
import Insight
import JSON
import Neural
import Recipes
import Settings
import Stages
import Workflow

/// Compares what the stages of plans are expected to hold with the memory that there is.
struct MemoryCheck {
  private let room: MemoryRoom
  /// Whether allocated memory counts before it is touched.
  private var countsPromises: Bool { room.limit == MemoryRoom.addressSpace }

  /// What a stage may need beyond what is counted, as a share of that: products' scratch, gaps between
  /// blocks, tables.
  private static let margin = 0.05
  /// Memory of the program other than models and activations: code, tables, its database.
  private static let base = 96 << 20
  /// Of address space alone: the stacks of the stage and of its helpers.
  private static func stacks(_ threads: Int) -> Int { (64 + 8 * (threads + 8)) << 20 }

  /// nil where the system does not tell how much there is.
  init?(threads: Int) {
    guard let room = MemoryRoom.now() else { return nil }
    let kept = Self.base + (room.limit == MemoryRoom.addressSpace ? Self.stacks(threads) : 0)
    self.room = room.keeping(kept)
  }

  /// Throws if a stage that has work to do will not fit, with what would make it fit.
  func require(_ plans: [Plan]) throws {
    guard room.bytes > 0 else {
      throw CommandError(
        .workspace, "there is not enough memory to start: \(room.limit) leaves too little")
    }
    var seen: Set<String> = []
    for plan in plans where plan.hasWork {
      let work = WorkloadPlan(plan.recipe, in: LocalFiles()).stages
      for step in plan.steps
      where step.action.word != "reuse" && seen.insert(step.key.digest).inserted {
        guard let work = try? work[step.name]?.get() else { continue }
        // Its checkpoint is mapped while it is read: files that make room when memory is short, but
        // address space.
        let mapped = countsPromises && step.action.word == "resume" ? work.checkpointBytes / 3 : 0
        guard !fits(needed(work) + mapped) else { continue }
        throw tooLarge(step, work, mapped: mapped, in: plan.recipe)
      }
    }
  }

  /// Bytes that a stage needs at once, with the margin.
  private func needed(_ work: Workload) -> Double {
    (1 + Self.margin) * (work.memory.total + (countsPromises ? work.memory.promised : 0))
  }

  private func fits(_ bytes: Double) -> Bool { bytes <= Double(room.bytes) }

  private func tooLarge(
    _ step: PlanStep, _ work: Workload, mapped: Double, in recipe: Recipe
  ) -> CommandError {
    let cures = cures(of: step.name, mapped: mapped, in: recipe)
    let advice =
      cures.isEmpty
      ? "no setting of the stage makes it fit: use a smaller model, or a machine with more memory"
      : "these would fit: "
        + cures.map { cure in
          cure.settings.map { "-S \($0.text(stage: step.name).shellQuoted)" }
            .joined(separator: " ") + " (\(Self.bytes(cure.need)))"
        }.joined(separator: ", or ")
    return CommandError(
      .workspace,
      "stage '\(step.name)' is expected to need \(words(work, mapped: mapped)), and \(room.limit) "
        + "leaves \(Quantity.bytes(room.bytes)); \(advice); --no-memory-check starts it anyway")
  }

  /// How much of which kind of memory, and what `plan` shows of it.
  private func words(_ work: Workload, mapped: Double) -> String {
    let (held, need) = (Self.bytes(work.memory.total), Self.bytes(needed(work) + mapped))
    let margin = "a margin of \(Int(100 * Self.margin)) %"
    guard countsPromises else {
      return "\(need) of resident memory (the \(held) that `regimen plan` shows, and \(margin))"
    }
    let asked = Self.bytes(work.memory.promised + mapped)
    return "\(need) of address space (the \(held) of resident memory that `regimen plan` shows, "
      + "\(asked) that is allocated but not used, and \(margin))"
  }

  private static func bytes(_ count: Double) -> String { Quantity.bytes(Int(min(count, 1e18))) }

  // MARK: What would fit

  private struct Setting {
    let field: String
    let value: ConfigValue
    /// As an override: the precision is the recipe's, everything else the stage's.
    func text(stage: String) -> String {
      self.field == Self.precision
        ? "\(field)=bf16" : "stages.\(stage).\(field)=\(value.canonicalJSON)"
    }

    static let precision = "precision"
    static let bf16 = Setting(field: precision, value: .string("bf16"))
  }

  private struct Cure {
    let settings: [Setting]
    let need: Double
  }

  /// Settings that make a stage fit, the gentlest first: those that change no result, then smaller
  /// batches, then factors of products in bf16, then adapters.
  private func cures(of stage: String, mapped: Double, in recipe: Recipe) -> [Cure] {
    guard let spec = recipe.stages.first(where: { $0.name == stage }) else { return [] }
    let checkpointing =
      spec.values["gradient_checkpointing"] == .bool(false)
      ? [Setting(field: "gradient_checkpointing", value: .bool(true))] : []
    let adapters =
      spec.values["peft_config"] == .null
      ? [Setting(field: "peft_config", value: .map(["r": .int(16)]))] : []
    let decoding = halves(spec, "generation_batch_size", from: 1)
    let batches = halves(spec, "micro_batch_tokens", from: 256)
    let rounding = recipe.precision == .f32 && Precision.hasBF16 ? [Setting.bf16] : []
    var tries: [[Setting]] = []
    if !checkpointing.isEmpty { tries.append(checkpointing) }
    tries += decoding.map { [$0] } + batches.map { [$0] }
    if let least = decoding.last { tries += batches.map { [$0, least] } }
    if let least = batches.last { tries.append(checkpointing + [least]) }
    if !rounding.isEmpty {
      tries.append(rounding)
      if let least = decoding.last { tries.append(rounding + [least]) }
      if let least = batches.last {
        tries.append(rounding + checkpointing + [least] + decoding.suffix(1))
      }
    }
    if !adapters.isEmpty {
      tries += [adapters, adapters + checkpointing]
      if let least = batches.last {
        tries.append(adapters + checkpointing + [least])
        if !rounding.isEmpty { tries.append(adapters + checkpointing + [least] + rounding) }
      }
    }
    var found: [Cure] = []
    var fields: Set<Set<String>> = []
    for settings in tries where found.count < 3 {
      // What is in it suffices already.
      let names = Set(settings.map(\.field))
      guard !fields.contains(where: { $0.isSubset(of: names) }) else { continue }
      guard let own = need(of: stage, with: settings, in: recipe) else { continue }
      let need = own + mapped
      guard fits(need) else { continue }
      fields.insert(names)
      found.append(Cure(settings: settings, need: need))
    }
    return found
  }

  private func halves(_ spec: StageSpec, _ field: String, from least: Int) -> [Setting] {
    guard case .int(var value)? = spec.values[field] else { return [] }
    var settings: [Setting] = []
    while value / 2 >= least {
      value /= 2
      settings.append(Setting(field: field, value: .int(value)))
    }
    return settings
  }

  private func need(of stage: String, with settings: [Setting], in recipe: Recipe) -> Double? {
    let own = settings.filter { $0.field != Setting.precision }
    var changed = recipe.replacing(stage, own.reduce(into: [:]) { $0[$1.field] = $1.value })
    if own.count < settings.count { changed = changed.replacing(precision: .bf16) }
    return (try? WorkloadPlan(changed, in: LocalFiles()).stages[stage]?.get()).map(needed)
  }
}
