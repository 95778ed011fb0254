import Dispatch
import Foundation
import Synchronization

/// Turns Ctrl-C, SIGTERM, SIGHUP and SIGUSR1 into a request to stop. Only a second Ctrl-C ends the
/// program at once (the last checkpoint is kept). One within half a second of the first counts as
/// the same, since a terminal and a wrapper may both send it. A SIGHUP that was ignored when the
/// program started stays ignored, as under nohup.
final class StopSignals: Sendable {
  /// The signals, and how a run that they stopped says so.
  private static let causes: [(number: Int32, words: String)] = [
    (SIGINT, "stopped by Ctrl-C"), (SIGTERM, "stopped by SIGTERM"),
    (SIGHUP, "stopped by SIGHUP: its terminal was closed"), (SIGUSR1, "stopped by SIGUSR1"),
  ]

  /// SIGINTs this close to the first are that one.
  private static let echo = Duration.milliseconds(500)

  private let interrupted = Mutex<ContinuousClock.Instant?>(nil)
  private let onStop: @Sendable (_ cause: String) -> Void
  private let onQuit: @Sendable () -> Void

  /// - Parameters:
  ///   - onStop: called for each signal except the second Ctrl-C, on a separate queue.
  ///   - onQuit: called at the second Ctrl-C, right before the program ends.
  init(
    onStop: @escaping @Sendable (_ cause: String) -> Void, onQuit: @escaping @Sendable () -> Void
  ) {
    self.onStop = onStop
    self.onQuit = onQuit
  }

  /// Runs `body` while the signals are caught; outside it they end the program as usual.
  func whileCaught<Result>(_ body: () async throws -> Result) async rethrows -> Result {
    let queue = DispatchQueue(label: "regimen.signals")
    let caught = Self.causes.filter { $0.number != SIGHUP || !Self.isIgnored(SIGHUP) }
    let sources = caught.map { number, words in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler { [self] in receive(number, words) }
      source.resume()
      return source
    }
    defer {
      for source in sources { source.cancel() }
      for (number, _) in caught { signal(number, SIG_DFL) }
    }
    return try await body()
  }

  private static func isIgnored(_ number: Int32) -> Bool {
    var action = sigaction()
    guard sigaction(number, nil, &action) == 0 else { return false }
    return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
      == unsafeBitCast(SIG_IGN, to: Int.self)
  }

  private func receive(_ number: Int32, _ words: String) {
    guard number == SIGINT else { return onStop(words) }
    let now = ContinuousClock.now
    let first = interrupted.withLock { first -> ContinuousClock.Instant? in
      let before = first
      first = before ?? now
      return before
    }
    guard let first else { return onStop(words) }
    guard first.duration(to: now) >= Self.echo else { return }
    onQuit()
    _exit(ExitStatus.interrupted.rawValue)
  }
}
