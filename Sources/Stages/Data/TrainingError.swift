public import Datasets
import Neural
public import Text
public import Workflow

/// Why a stage failed.
public struct TrainingError: Error, CustomStringConvertible, Sendable {
  public enum Code: Sendable {
    /// The recipe and the data do not fit together.
    case data
    /// The model cannot do what the stage needs.
    case model
    /// No reward could score anything.
    case reward
    /// The stage finished without a result.
    case result
  }
  public let code: Code
  public let message: String
  public var description: String { message }

  init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }
}

extension TrainingError: InputFault {
  public var isInputFault: Bool { code == .data || code == .model }
}

extension DatasetError: InputFault {
  public var isInputFault: Bool { true }
}

extension ModelError: InputFault {
  public var isInputFault: Bool { true }
}
