public import Foundation
public import JSON

/// A conversation in its own file: a list of messages, or an object with `messages` and the
/// template's other variables, such as `tools`.
public struct ChatFile {
  public let messages: [Message]
  public let templateVariables: JSONObject

  /// - Throws: `DatasetError` with `name` for what is no conversation.
  public init(_ data: Data, name: String) throws {
    do {
      let value = try JSONParser.parse(Array(data))
      let object: JSONObject
      switch value {
      case .array: object = ["messages": value]
      case .object(let members): object = members
      default:
        throw DatasetError(
          #"the file is \#(value.kind), not a list: [{"role": "user", "content": "..."}]"#)
      }
      let record = Record(object)
      messages = try record.messages("messages")
      templateVariables = try record.templateVariables()
    } catch let error as JSONSyntaxError {
      throw DatasetError(path: name, "not JSON: \(error.message)")
    } catch let error as DatasetError {
      throw DatasetError(path: name, error.message)
    }
  }
}
