import Foundation

/// A boundary at which a test lets a call fail or the process die.
public enum FaultPoint: String, CaseIterable, Sendable {
  case objectWrite = "object-write"
  case objectSync = "object-sync"
  case beforeRename = "before-rename"
  case afterRename = "after-rename"
  case folderSync = "folder-sync"
  case objectDelete = "object-delete"
  case beforeCreate = "before-create"
  case afterCreate = "after-create"
  case beforeClaim = "before-claim"
  case afterClaim = "after-claim"
  case beforeAttempt = "before-attempt"
  case afterAttempt = "after-attempt"
  case beforeProgress = "before-progress"
  case afterProgress = "after-progress"
  case beforeCheckpoint = "before-checkpoint"
  case afterCheckpoint = "after-checkpoint"
  case beforeFinish = "before-finish"
  case afterFinish = "after-finish"
  case beforeLeave = "before-leave"
  case afterLeave = "after-leave"
  case beforeRollback = "before-rollback"
  case afterRollback = "after-rollback"
  case beforeAdopt = "before-adopt"
  case afterAdopt = "after-adopt"
  case beforeEnd = "before-end"
  case afterEnd = "after-end"
  case beforeSweep = "before-sweep"
  case afterSweep = "after-sweep"
}

/// What happens at a fault point: nothing, except in tests.
public struct FaultHook: Sendable {
  let reach: @Sendable (FaultPoint) throws -> Void

  public init(_ reach: @escaping @Sendable (FaultPoint) throws -> Void) {
    self.reach = reach
  }

  public static let none = FaultHook { _ in }

  /// The hook that `REGIMEN_FAULT=NAME:N` asks for: the process dies, as by `kill -9`, when it
  /// reaches the point NAME for the Nth time.
  public static func environment(_ text: String?) throws -> FaultHook {
    guard let text, !text.isEmpty else { return .none }
    let parts = text.split(separator: ":")
    guard parts.count == 2, let point = FaultPoint(rawValue: String(parts[0])),
      let count = Int(parts[1]), count > 0
    else { throw StorageError.badFault(text) }
    let reached = Counter()
    return FaultHook { if $0 == point, reached.next() == count { _exit(137) } }
  }
}
