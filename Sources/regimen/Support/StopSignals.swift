import Dispatch
import Foundation
import Synchronization

/// Turns Ctrl-C and SIGTERM into a request to stop: the first asks, the second ends the program at
/// once (what the last checkpoint holds stands).
final class StopSignals: Sendable {
  private let count = Mutex(0)
  private let onFirst: @Sendable () -> Void

  /// - Parameter onFirst: called once, on a queue of its own.
  init(onFirst: @escaping @Sendable () -> Void) { self.onFirst = onFirst }

  /// Runs `body` while the signals are caught; outside it they end the program as usual.
  func whileCaught<Result>(_ body: () async throws -> Result) async rethrows -> Result {
    let queue = DispatchQueue(label: "regimen.signals")
    let sources = [SIGINT, SIGTERM].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      // Signals that come close together are one event.
      source.setEventHandler { [self] in receive(Int(source.data)) }
      source.resume()
      return source
    }
    defer {
      for source in sources { source.cancel() }
      for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) }
    }
    return try await body()
  }

  private func receive(_ number: Int) {
    let total = count.withLock { count in
      count += number
      return count
    }
    if total > 1 { _exit(ExitStatus.interrupted.rawValue) }
    onFirst()
  }
}
