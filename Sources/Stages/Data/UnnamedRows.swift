import Host
import Neural
import Recipes
import Settings
import Synchronization

/// Which models have rows in their vocabulary that no token has: what stages that sample do with such
/// a model is part of their keys.
///
/// A file is read once per content.
final class UnnamedRows: Sendable {
  private let files: any FileAccess
  /// By path and digest.
  private let answers = Mutex<[String: Bool]>([:])

  init(in files: any FileAccess) { self.files = files }

  /// The answer for a model's values, given the digests of files by path; a file that cannot be read
  /// has none, which the stage that reads it says.
  @Sendable func known(_ values: [String: ConfigValue], _ digests: [String: String]) -> Bool {
    guard let path = ModelConfiguration(values: values).path?.path, let digest = digests[path]
    else {
      return false
    }
    let place = "\(path) \(digest)"
    if let answer = answers.withLock({ $0[place] }) { return answer }
    let answer = (try? LanguageModel.hasUnnamedRows(path: path, in: files)) ?? false
    answers.withLock { $0[place] = answer }
    return answer
  }
}
