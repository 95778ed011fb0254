import Foundation
import Insight
import JSON
import Synchronization
import Workflow

/// Prints events as JSON lines; the last line of a run is {"run","status","exit"}.
final class JSONSink: EventSink {
  private let writing = Mutex(())

  func receive(_ event: RunEvent) {
    writing.withLock { _ in
      if event.event == .runFinished {
        Output.json(
          .object([
            ("run", .string(event.run)), ("status", .optional(event.status)),
            ("exit", .optional(event.exit)), ("message", .optional(event.message)),
          ]))
        return
      }
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      guard let data = try? encoder.encode(event) else {
        preconditionFailure("every number of an event is finite")
      }
      Output.line(String(decoding: data, as: UTF8.self))
    }
  }
}
