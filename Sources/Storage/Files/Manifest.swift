import Foundation

/// Names the files of a checkpoint or an output, so that one digest represents all of them.
public struct Manifest: Sendable, Hashable, Codable {
  public struct File: Sendable, Hashable, Codable {
    public let sha256: String
    public let size: Int
  }

  public let files: [String: File]
  /// Of a checkpoint: updates done. Outputs leave out where they come from, so that equal content
  /// has equal digests.
  public let step: Int?
  public let kind: String?
  public let key: String?

  init(files: [String: File], step: Int? = nil, kind: String? = nil, key: String? = nil) {
    self.files = files
    self.step = step
    self.kind = kind
    self.key = key
  }

  /// Canonical JSON: sorted keys, no space.
  var encoded: Data {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      return try encoder.encode(self)
    }
  }

  init(encoded: Data, digest: String) throws {
    do {
      self = try JSONDecoder().decode(Manifest.self, from: encoded)
    } catch { throw StorageError.brokenRow("object \(digest) is no manifest") }
  }
}

/// A manifest whose files and itself are durable, to be named by a row.
public struct StoredManifest: Sendable, Hashable {
  public let digest: String
  let size: Int
  public let manifest: Manifest

  /// Bytes of all its files.
  var totalSize: Int { manifest.files.values.reduce(size) { $0 + $1.size } }
}
