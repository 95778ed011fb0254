public import Host
public import Text

extension TextFormat {
  /// The format of the model at `path`, without reading its weights; `chatTemplate` takes the place of
  /// the checkpoint's own.
  public static func read(
    path: String, in files: any FileAccess, chatTemplate: ChatTemplate? = nil
  ) throws -> TextFormat {
    let checkpoint = try CheckpointPath(path, in: files).checkpoint()
    return TextFormat(
      tokenizer: checkpoint.tokenizer, chatTemplate: chatTemplate ?? checkpoint.chatTemplate,
      bosTokenID: checkpoint.ids.bos, eosTokenIDs: checkpoint.ids.eos,
      listed: checkpoint.ids.listed)
  }
}
