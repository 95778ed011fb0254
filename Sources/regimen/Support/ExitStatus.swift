import ArgumentParser

/// What the program returns to the shell; the numbers are part of its contract.
enum ExitStatus: Int32 {
  case ok = 0
  case stageFailed = 1
  case usage = 2
  /// The recipe is invalid, or a data or model file is missing or broken.
  case badInput = 3
  /// Nothing, or more than one thing, goes by the name that was given.
  case notFound = 4
  case heldByOther = 5
  /// The workspace, its database or the disk.
  case workspace = 6
  case incompatible = 7
  /// `plan --detailed-exitcode`: there is work to do.
  case workToDo = 10
  /// `compare --fail-if`: a difference is as the condition says.
  case conditionHolds = 11
  /// Stopped with a checkpoint: `resume` continues.
  case stopped = 75
  case interrupted = 130

  var exitCode: ExitCode { ExitCode(rawValue) }
}

/// A failure that a command finds itself: what is wrong and what to do about it.
struct CommandError: Error, CustomStringConvertible {
  let status: ExitStatus
  let message: String

  init(_ status: ExitStatus, _ message: String) {
    self.status = status
    self.message = message
  }

  var description: String { message }
}
