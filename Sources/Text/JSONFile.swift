package import Foundation
package import JSON

extension JSONParser {
  /// The value that a file holds; `name` begins the messages of `brokenFile` errors.
  package static func parse(_ data: Data, name: String) throws -> JSONValue {
    try parse([UInt8](data), name: name)
  }

  package static func parse(_ bytes: [UInt8], name: String) throws -> JSONValue {
    do throws(JSONSyntaxError) {
      return try parseStrictly(bytes)
    } catch {
      throw ModelError(.brokenFile, error.text(file: name))
    }
  }
}
