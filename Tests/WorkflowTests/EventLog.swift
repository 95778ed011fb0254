import Synchronization

@testable import Workflow

/// Keeps what happened; may set a stop when it sees something.
final class EventLog: EventSink {
  private let events = Mutex<[RunEvent]>([])
  private let watch: @Sendable (RunEvent) -> Void

  init(_ watch: @escaping @Sendable (RunEvent) -> Void = { _ in }) { self.watch = watch }

  func receive(_ event: RunEvent) {
    events.withLock { $0.append(event) }
    watch(event)
  }

  var all: [RunEvent] { events.withLock { $0 } }
  func all(_ kind: RunEvent.Kind) -> [RunEvent] { all.filter { $0.event == kind } }
}
