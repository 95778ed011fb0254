import Foundation

/// A model's name on the Hugging Face hub: `Org/Name`. Nothing is downloaded here, so what looks like
/// one and is no path gets the command that fetches it.
struct HubName {
  let text: String

  /// nil for text that is no such name.
  init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy(Self.isName), !text.hasSuffix(".gguf") else {
      return nil
    }
    self.text = text
  }

  /// The name that a recipe gave, if `path` is its place below the recipe's folder.
  init?(path: String, below folder: String) {
    let prefix = URL(fileURLWithPath: folder, isDirectory: true).standardizedFileURL.path + "/"
    let path = URL(fileURLWithPath: path).standardizedFileURL.path
    guard path.hasPrefix(prefix) else { return nil }
    self.init(String(path.dropFirst(prefix.count)))
  }

  private static func isName(_ part: Substring) -> Bool {
    guard let first = part.unicodeScalars.first, first != ".", first != "-" else { return false }
    return part.unicodeScalars.allSatisfy {
      $0.isASCII && ($0.properties.isAlphabetic || $0.properties.numericType != nil)
        || "._-".unicodeScalars.contains($0)
    }
  }

  /// What to do, to follow a message that a model was not found.
  ///
  /// - Parameter place: the folder that it should be fetched into
  func hint(place: String) -> String {
    "if '\(text)' is a model on the Hugging Face hub: Regimen does not download models; `hf "
      + "download "
      + "\(text) --local-dir \(place)` fetches it"
  }
}
