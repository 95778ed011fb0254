public import Foundation

/// Files of the repository that tests read.
public enum Repository {
  public static let tests = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent()
  public static let root = tests.deletingLastPathComponent()

  /// A file or folder of `Tests/Fixtures`.
  public static func fixture(_ name: String) -> URL { tests.appending(path: "Fixtures/\(name)") }

  public static func data(_ fixture: String) throws -> Data {
    try Data(contentsOf: self.fixture(fixture))
  }

  /// Golden values, from JSON.
  public static func golden<Value: Decodable>(_ fixture: String) throws -> Value {
    try JSONDecoder().decode(Value.self, from: data(fixture))
  }
}
