import Synchronization

/// Set once, by a signal or another terminal, to ask a run to stop at the next step.
public final class StopFlag: Sendable {
  private let flag = Atomic<Bool>(false)

  public init() {}

  public var isSet: Bool { flag.load(ordering: .relaxed) }
  public func set() { flag.store(true, ordering: .relaxed) }
}
