extension DatasetFormat {
  /// The shape of a file by the keys of its first row that can be read; `prompt_completion` when it
  /// has none of the known ones.
  public static func detect(path: String) throws -> DatasetFormat {
    var found: DatasetFormat?
    try JSONLines(path: path).read { _, value in
      guard case .success(.object(let object)) = value else { return }
      found = shape(Set(object.keys))
      throw JSONLines.Enough()
    }
    return found ?? .promptCompletion
  }

  private static func shape(_ keys: Set<String>) -> DatasetFormat {
    let shapes: [(keys: Set<String>, format: DatasetFormat)] = [
      (["chosen", "rejected"], .preference), (["prompt"], .promptCompletion),
      (["messages"], .conversational),
      (["question", "choices", "answer"], .multipleChoice), (["problem", "answer"], .math),
      (["question", "answer"], .gsm8k), (["input", "target"], .mawps), (["text"], .text),
    ]
    return shapes.first { $0.keys.isSubset(of: keys) }?.format ?? .promptCompletion
  }
}
