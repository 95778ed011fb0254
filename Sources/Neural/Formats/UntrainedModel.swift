public import Host
import Text

extension LanguageModel {
  /// A model with random weights and the sizes in the config.json of a folder, whatever else the
  /// folder holds: for measurements. Its tokenizer is the byte tokenizer.
  public static func untrained(
    folder: String, in files: any FileAccess, seed: UInt64
  ) throws -> LanguageModel {
    let path = "\(folder)/config.json"
    guard let data = try CheckpointPath(folder, in: files).file("config.json") else {
      throw ModelError(.missingFile, "\(path): no such file")
    }
    let (config, ids) = try ConfigJSON.read(data, name: path)
    return LanguageModel(
      config: config, tokenizer: try ByteTokenizer(), chatTemplate: nil, eosTokenIDs: ids.eos,
      seed: seed)
  }
}
