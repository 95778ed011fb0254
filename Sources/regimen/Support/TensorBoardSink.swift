import Foundation
import Insight
import Storage
import Synchronization
import Workflow

/// Writes a run's metrics as event files, one folder a stage: `tensorboard --logdir` shows them.
///
/// People watch these; nothing depends on them. So a full disk ends the writing with a note, not the
/// run.
final class TensorBoardSink: EventSink {
  private let workspace: Workspace
  private let console: Console
  private let state = Mutex(State())

  private struct State {
    var folder = ""
    var files: [String: EventFile] = [:]
    var failed = false
  }

  init(workspace: Workspace, console: Console) {
    self.workspace = workspace
    self.console = console
  }

  func receive(_ event: RunEvent) {
    state.withLock { state in
      if event.event == .runStarted {
        state.folder = workspace.tensorBoardFolder(name: event.name ?? "run", run: event.run)
      }
      guard let stage = event.stage, !state.failed else { return }
      do {
        switch event.event {
        case .stageStarted:
          state.files[stage] = try open("\(state.folder)/\(stage)")
          try state.files[stage]?.restart(at: (event.step ?? 0) + 1)
        case .metrics:
          let values = (event.metrics ?? [:]).sorted { $0.key < $1.key }
            .compactMap { name, value in value.map { (tag: name, value: $0) } }
          try state.files[stage]?.add(step: event.step ?? 0, values)
        case .stageFinished, .stageFailed, .stageInterrupted: state.files[stage] = nil
        default: break
        }
      } catch {
        state.failed = true
        console.note("no more event files for TensorBoard: \(error.localizedDescription)")
      }
    }
  }

  private func open(_ folder: String) throws -> EventFile {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let process = ProcessInfo.processInfo
    // Names sort by time, so that a resumed stage's file comes after the interrupted one's.
    let time = String(format: "%017.6f", Date().timeIntervalSince1970)
    let name = "events.out.tfevents.\(time).\(process.hostName).\(process.processIdentifier)"
    return try EventFile(path: "\(folder)/\(name)") { Date().timeIntervalSince1970 }
  }
}
