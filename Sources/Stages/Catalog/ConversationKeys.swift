import Datasets
import Foundation
public import Host
import Neural
public import Recipes
public import Settings
import Text

/// Finds the stages of a recipe that now read conversations, or the ends of texts, differently, and
/// the revision since which they do: their keys contain it.
///
/// Revision 3 leaves out keys of messages that hold null. Revision 2 is what changed on 2026-11-27.
/// Before that a reply was its content followed by the first listed end token, a message was a role
/// and a text, and tags opened by a chat template were not part of a reply. A stage whose model and
/// rows give the same result either way keeps its key: plain text, and templates like ChatML that
/// write content unchanged and end turns with the first listed token.
public final class ConversationKeys: @unchecked Sendable {
  private let files: any FileAccess
  private let lock = NSLock()
  private var models: [[String: ConfigValue]: FormatChange] = [:]
  private var rows: [[String]: ConversationFacts] = [:]

  /// The models whose format has changed.
  private struct FormatChange {
    var ends = false
    var turns = false
  }

  public init(in files: any FileAccess) { self.files = files }

  /// The revisions of these stages, by name.
  public func revisions(in recipe: Recipe, catalog: RecipeCatalog) -> [String: Int] {
    let sources = StageSources(recipe, catalog)
    return Dictionary(
      uniqueKeysWithValues: recipe.stages.compactMap { stage in
        revision(stage, sources).map { (stage.name, $0) }
      })
  }

  private func revision(_ stage: StageSpec, _ sources: StageSources) -> Int? {
    let datasets = sources.datasets(of: stage)
    let rows = datasets.map { facts($0.values) }
    if rows.contains(where: \.hasNulls) { return 3 }
    return isRewritten(stage, sources, datasets, rows) ? 2 : nil
  }

  private func isRewritten(
    _ stage: StageSpec, _ sources: StageSources, _ datasets: [SourceSpec],
    _ rows: [ConversationFacts]
  ) -> Bool {
    let changes = sources.models(of: stage).map { change($0.values) }
    if changes.contains(where: \.ends) { return true }
    if rows.contains(where: { $0.hasMore || $0.continues }) { return true }
    guard changes.contains(where: \.turns) else { return false }
    return rows.contains(where: \.hasMessages) || datasets.contains(where: \.isChat)
      || stage.values["chat"] == .bool(true) || stage.values.values.contains(where: \.asksInChat)
  }

  // MARK: Models

  /// Unreadable files are reported when they are used.
  private func change(_ values: [String: ConfigValue]) -> FormatChange {
    remembered(\.models, values) {
      guard let format = try? ModelConfiguration(values: values).format(in: files) else {
        return .init()
      }
      let former = format.former.eosTokenIDs
      // A reward model ends its texts with the turn's token, even if a plain text contains turns.
      return FormatChange(
        ends: former != format.eosTokenIDs
          || format.turnEnd?.token.map { $0 != former.first } ?? false,
        turns: Self.writesOtherwise(format))
    }
  }

  /// Whether a template writes some conversation differently from its prompt, the reply's content
  /// and the first end token.
  private static func writesOtherwise(_ format: TextFormat) -> Bool {
    guard let writer = ConversationWriter(format), let former = format.former.template else {
      return false
    }
    let (system, user) = (
      ChatMessage(role: "system", content: "Be brief."), ChatMessage(role: "user", content: "Why?")
    )
    let prompts = [
      [user], [system, user], [user, ChatMessage(role: "assistant", content: "So."), user],
    ]
    let replies = ["So.", "  So.  ", "<think>\nWell\n</think>\n\nSo."]
    return prompts.contains { prompt in
      guard let text = try? former.render(prompt, addGenerationPrompt: true) else { return false }
      return replies.contains { reply in
        let message = ChatMessage(role: "assistant", content: reply)
        guard let row = try? writer.written(prompt, reply: message).row else { return true }
        return row.prompt.text != text || !row.prompt.prefix.isEmpty || row.reply != reply
          || row.end != Array(format.former.eosTokenIDs.prefix(1))
      }
    }
  }

  // MARK: Rows

  private func facts(_ values: [String: ConfigValue]) -> ConversationFacts {
    guard case .string(let path)? = values["file"], !path.isEmpty else { return .init() }
    let fields =
      if case .map(let fields)? = values["fields"] { fields } else { [String: ConfigValue]() }
    let prompt = if case .string(let key)? = fields["prompt"] { key } else { "prompt" }
    let options = try? DatasetConfiguration(values: values).resolved(in: files)
    let alpaca = options?.format == .alpaca ? options : nil
    let mapped = alpaca?.fields.sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value] }
    return remembered(\.rows, [path, prompt] + (mapped.map { ["alpaca"] + $0 } ?? [])) {
      (try? ConversationFacts(path: path, prompt: prompt, alpaca: alpaca, in: files)) ?? .init()
    }
  }

  private func remembered<Key: Hashable, Value>(
    _ path: ReferenceWritableKeyPath<ConversationKeys, [Key: Value]>, _ key: Key,
    _ make: () -> Value
  ) -> Value {
    lock.withLock {
      if let known = self[keyPath: path][key] { return known }
      let made = make()
      self[keyPath: path][key] = made
      return made
    }
  }
}

extension SourceSpec {
  /// Whether a dataset makes conversations of plain prompts.
  fileprivate var isChat: Bool {
    if case .string(let text)? = values["system_prompt"], !text.isEmpty { return true }
    return values["chat"] == .bool(true)
  }
}

extension ConfigValue {
  /// Whether a setting, such as a judge, asks its model in a chat.
  fileprivate var asksInChat: Bool {
    guard case .map(let members) = self else { return false }
    return members["chat"] == .bool(true)
  }
}
