import Foundation
import Host
import Recipes
import Settings
import Storage
import Trace

/// Carries out stages on threads of this process.
struct InProcessExecutor: StageExecutor {
  let catalog: StageCatalog
  let objects: ObjectStore
  let machine: Conductor.Machine

  /// Runs the stage on its own thread, so that hours of arithmetic do not block a thread of the
  /// concurrency pool and recursion has enough stack.
  func carryOut(
    _ job: StageJob, for owner: any StageOwner, until stop: StopFlag
  ) async throws -> StageEnd {
    try await withCheckedThrowingContinuation { continuation in
      let thread = Thread {
        continuation.resume(with: Result { try work(job, for: owner, until: stop) })
      }
      thread.name = job.stage
      thread.stackSize = 64 << 20
      thread.start()
    }
  }

  private func work(
    _ job: StageJob, for owner: any StageOwner, until stop: StopFlag
  ) throws -> StageEnd {
    guard let kind = catalog.kind(job.kind), kind.revision == job.revision else {
      throw WorkflowError.foreignJob(kind: job.kind, revision: job.revision)
    }
    let context = Conductor(
      job, inputs: try job.inputs.mapValues { try $0.map { try StageInput($0, objects) } },
      resumePoint: try job.resumePoint.map { try Checkpoint($0, objects) },
      owner: owner, stop: stop, machine: machine)
    let result = Result { try run(kind, job.values, in: context) }
    try owner.drain()
    context.tellUnseen()
    return try end(result, of: kind, in: context)
  }

  private func run<Kind: StageKind>(
    _ kind: Kind.Type, _ values: [String: ConfigValue], in context: Conductor
  ) throws -> StageOutput {
    try Kind.run(Kind.Config(values: values), in: context)
  }

  private func end(
    _ result: Result<StageOutput, any Error>, of kind: any StageKind.Type, in context: Conductor
  ) throws -> StageEnd {
    do {
      let output = try result.get()
      try context.checkGuards()
      for port in kind.outputs where output.artifacts[port.name]?.files.isEmpty ?? true {
        throw WorkflowError.missingOutput(port.name, kind: kind.name)
      }
      return .finished(output)
    } catch let wait as AwaitsReview {
      return .awaits(wait)
    } catch is StageStopped {
      return context.stopped
    } catch let error as StorageError {
      throw error
    } catch let error as Divergence {
      return .diverged(error)
    } catch {
      return .failed("\(error)", isInput: (error as? any InputFault)?.isInputFault ?? false)
    }
  }
}

extension Checkpoint {
  /// The files of a resume point, mapped when they are asked for.
  fileprivate init(_ point: ResumePoint, _ objects: ObjectStore) throws {
    self.init(step: point.step, files: try point.files.mapValues(objects.content))
  }
}

extension StageInput {
  /// Opens the inputs that a job gives a port.
  fileprivate init(_ input: StageJob.Input, _ objects: ObjectStore) throws {
    let content: Content
    switch input.content {
    case .source(let values): content = .source(values, LocalFiles())
    case .artifact(let manifest, _):
      content = .artifact(
        try objects.manifest(manifest).files.mapValues { try objects.content($0.sha256) })
    }
    self.init(
      name: input.name, content: content, weight: input.weight, window: input.window,
      seed: input.seed,
      locate: { id in input.reviewedFile.flatMap { Self.place(of: id, in: $0) } })
  }

  /// The place of a person's row: `path:line`.
  private static func place(of id: Int, in path: String) -> String? {
    guard let data = FileManager.default.contents(atPath: path) else { return nil }
    let lines = data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    let place = lines.firstIndex {
      (try? JSONDecoder().decode(NumberedRow.self, from: Data($0)))?.id == id
    }
    return place.map { "\(path):\($0 + 1)" }
  }

  private struct NumberedRow: Decodable {
    let id: Int
  }
}
