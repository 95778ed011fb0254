import ArgumentParser
import Foundation
import Insight
import Neural
import Recipes
import Storage
import Text
import Workflow

extension Regimen {
  /// Says what went wrong, on the stream where it belongs, and gives the program's exit status.
  static func report(_ error: any Error) -> ExitStatus {
    if let usage = usageStatus(error) { return usage }
    let console = Console()
    if let error = error as? RecipeError {
      Output.error("\(error)\n")
      return .badInput
    }
    let (status, message) = explanation(of: error)
    console.failure(message)
    return status
  }

  /// Help and version requests, usage errors and plain exit codes: ArgumentParser knows their words.
  private static func usageStatus(_ error: any Error) -> ExitStatus? {
    if let code = error as? ExitCode { return ExitStatus(rawValue: code.rawValue) ?? .stageFailed }
    switch exitCode(for: error) {
    case .success:
      Output.line(fullMessage(for: error))
      return .ok
    case .validationFailure:
      Output.error(fullMessage(for: error) + "\n")
      return .usage
    default:
      return nil
    }
  }

  /// What a thrown error means to the shell and to a person.
  static func explanation(of error: any Error) -> (ExitStatus, String) {
    switch error {
    case let error as CommandError: (error.status, error.message)
    case let error as InsightError:
      (error.kind == .usage ? .usage : .notFound, error.message)
    case let error as StorageError: (status(error.exitCode), error.message)
    case let error as WorkflowError: (status(error.exitCode), error.message)
    case let error as ModelError: (.badInput, error.message)
    case let error as CocoaError: (.workspace, error.localizedDescription)
    default: (.stageFailed, "\(error)")
    }
  }

  private static func status(_ code: Int32) -> ExitStatus {
    ExitStatus(rawValue: code) ?? .stageFailed
  }
}
