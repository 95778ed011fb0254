/// How texts are written for a model: its tokenizer, its chat template and what ends a text.
public struct TextFormat: Sendable {
  public let tokenizer: any Tokenizer
  /// nil: the model takes plain text only.
  public let chatTemplate: ChatTemplate?
  /// Tokens that end a text, the tokenizer's own first: every one of generation_config.json, and the
  /// one that ends a turn.
  public let eosTokenIDs: [Int32]
  /// How the chat template ends an assistant's turn; nil without a template that can be rendered.
  public let turnEnd: TurnEnd?
  private let bosTokenID: Int32?
  private let listedEnds: [Int32]

  package init(
    tokenizer: any Tokenizer, chatTemplate: ChatTemplate?, bosTokenID: Int32? = nil,
    eosTokenIDs: [Int32], listed: [Int32]? = nil
  ) {
    let template = chatTemplate?.named(
      bos: bosTokenID.map(tokenizer.token), eos: eosTokenIDs.first.map(tokenizer.token))
    let turnEnd = template.flatMap { TurnEnd($0, tokenizer) }
    self.tokenizer = tokenizer
    self.chatTemplate = template
    self.turnEnd = turnEnd
    self.eosTokenIDs =
      eosTokenIDs
      + [turnEnd?.token].compactMap { $0 }.filter {
        !eosTokenIDs.contains($0)
      }
    self.bosTokenID = bosTokenID
    listedEnds = listed ?? eosTokenIDs
  }

  /// The format of a new model, whose texts end with `<|endoftext|>` where its tokenizer has that.
  public init(tokenizer: any Tokenizer, chatTemplate: ChatTemplate?) {
    self.init(
      tokenizer: tokenizer, chatTemplate: chatTemplate,
      eosTokenIDs: ["<|endoftext|>"].compactMap(tokenizer.specialTokenID))
  }

  /// The format by only the first listed end token, as before 2026-11-27, for comparison with a
  /// stage's key.
  public var former: (template: ChatTemplate?, eosTokenIDs: [Int32]) {
    (
      chatTemplate?.with(
        bos: bosTokenID.map(tokenizer.token), eos: listedEnds.first.map(tokenizer.token)),
      listedEnds
    )
  }
}
