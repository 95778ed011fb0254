import Neural
import Recipes
import Settings
import Synchronization

/// Which models have rows in their vocabulary that no token has: what stages that sample do with such
/// a model is part of their keys.
///
/// A file is looked into once for each content that it has.
final class UnnamedRows: Sendable {
  static let shared = UnnamedRows()

  /// By path and digest.
  private let answers = Mutex<[String: Bool]>([:])

  /// The answer for a model's values, given the digests of files by path; a file that cannot be read
  /// has none, which the stage that reads it says.
  @Sendable func known(_ values: [String: ConfigValue], _ files: [String: String]) -> Bool {
    guard let path = ModelConfiguration(values: values).path?.path, let digest = files[path] else {
      return false
    }
    let place = "\(path) \(digest)"
    if let answer = answers.withLock({ $0[place] }) { return answer }
    let answer = (try? LanguageModel.hasUnnamedRows(path: path)) ?? false
    answers.withLock { $0[place] = answer }
    return answer
  }
}
