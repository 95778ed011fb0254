public import Foundation

/// Rows that a stage hands to a person, in its run's folder.
extension Store {
  /// Writes rows to `reviewFile`, unless they lie there already, and reads what the person left in
  /// `reviewedFile`; nil while there is nothing.
  public func handOut(
    _ rows: Data, run: String, stage: String
  ) throws -> (rows: Data, digest: String)? {
    let (asked, answer) = (
      workspace.reviewFile(run, stage: stage), workspace.reviewedFile(run, stage: stage)
    )
    do {
      if FileManager.default.contents(atPath: asked) != rows {
        try rows.write(to: URL(fileURLWithPath: asked), options: .atomic)
      }
    } catch { throw StorageError.file("write", asked, error) }
    guard FileStamp(path: answer) != nil else { return nil }
    do {
      try Self.requireFile(answer)
      let reviewed = try Data(contentsOf: URL(fileURLWithPath: answer))
      return (reviewed, FileDigest.of(reviewed))
    } catch { throw StorageError.file("read", answer, error) }
  }

  /// Takes a person's file to where the stage looks for it.
  public func handIn(_ path: String, run: String, stage: String) throws {
    let answer = workspace.reviewedFile(run, stage: stage)
    do {
      try Self.requireFile(path)
      try Data(contentsOf: URL(fileURLWithPath: path))
        .write(to: URL(fileURLWithPath: answer), options: .atomic)
    } catch { throw StorageError.file("copy \(path) to", answer, error) }
  }

  private static func requireFile(_ path: String) throws {
    if Files.isFolder(path) { throw FileCallError(number: EISDIR) }
  }
}
