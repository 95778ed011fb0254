import Synchronization

/// Set once, by a signal or another terminal, to ask a run to stop at the next step.
public final class StopFlag: Sendable {
  private let flag = Atomic<Bool>(false)
  private let reason = Mutex<String?>(nil)

  public init() {}

  public var isSet: Bool { flag.load(ordering: .relaxed) }

  /// Why it was set: "stopped by Ctrl-C".
  public var cause: String { reason.withLock { $0 } ?? "stop requested" }

  /// The first cause is kept.
  public func set(_ cause: String = "stop requested") {
    reason.withLock { $0 = $0 ?? cause }
    flag.store(true, ordering: .relaxed)
  }

  /// Sets it for a stop that was requested through the database.
  func setFromElsewhere() { set("stopped by `regimen stop`") }
}
