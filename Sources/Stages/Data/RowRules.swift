import Datasets
import JSON
import Recipes
import Settings
import Tasks
import Trace

/// Rules over completions, shared by every stage that makes datasets; all are off by default.
///
/// They are DeepSeek-R1's rules for chains of thought (Guo et al., Nature 645, Methods): no mixed
/// languages, long paragraphs or code blocks; and rules against loops and unusual lengths.
struct RowRules: Configuration {
  enum Part: String, FieldChoice {
    case reply, thoughts
  }

  var text = Part.reply
  var requireFormat = false
  var minLanguageConsistency = 0.0
  var identifyLanguages = false
  var dropCodeBlocks = false
  var maxParagraphLength: Int?
  var maxRepetition: Double?
  var repetitionNgramSize = 4
  var minCharacters = 0
  var maxCharacters: Int?
  var minAccuracy = 0.0
  var maxAccuracy = 1.0

  static let fields: [Field<Self>] = [
    Field(
      "filter_text", \.text,
      "The text that the rules read: the whole reply, or the thoughts, up to the last </think>."),
    Field(
      "require_format", \.requireFormat, "Keep only completions whose format reward is 1."),
    Field(
      "min_language_consistency", \.minLanguageConsistency, range: 0...1,
      """
      Drop completions whose language_consistency is below this: mixed languages. Completions \
      without words pass.
      """),
    Field(
      "identify_languages", \.identifyLanguages, asBefore: false,
      """
      Let min_language_consistency also tell English, Russian and Arabic from other languages of \
      their scripts, like the reward's parameter identify.
      """),
    Field(
      "drop_code_blocks", \.dropCodeBlocks, "Drop completions with a fenced code block."),
    Field(
      "max_paragraph_length", \.maxParagraphLength, range: 1...1e9, unit: "characters",
      "Drop completions with a longer paragraph; null: none."),
    Field(
      "max_repetition", \.maxRepetition, range: 0...1,
      "Drop completions in which a larger share of the word n-grams is repeated; null: none."),
    Field(
      "repetition_ngram_size", \.repetitionNgramSize, range: 1...1000, unit: "words",
      "The length of the n-grams of max_repetition."),
    Field(
      "min_characters", \.minCharacters, range: 0...1e9, unit: "characters",
      "Drop shorter completions."),
    Field(
      "max_characters", \.maxCharacters, range: 1...1e9, unit: "characters",
      "Drop longer completions; null: none."),
    Field(
      "min_accuracy", \.minAccuracy, range: 0...1,
      "Drop prompts with a smaller share of correct samples: too hard."),
    Field(
      "max_accuracy", \.maxAccuracy, range: 0...1,
      "Drop prompts with a larger share of correct samples: too easy."),
  ]

  var problems: [ConfigProblem] {
    var problems: [ConfigProblem] = []
    if let maxCharacters, maxCharacters < minCharacters {
      problems.append(
        ConfigProblem("max_characters", "is below min_characters (\(minCharacters))"))
    }
    if maxAccuracy < minAccuracy {
      problems.append(ConfigProblem("max_accuracy", "is below min_accuracy (\(minAccuracy))"))
    }
    return problems
  }

  /// Whether the accuracy of a prompt decides anything.
  var readAccuracy: Bool { minAccuracy > 0 || maxAccuracy < 1 }

  /// The accuracy that a row came with.
  func accuracy(of row: Row) throws -> Double {
    guard let accuracy = row.fields["accuracy"]?.text.flatMap(Double.init) else {
      throw TrainingError(
        .data,
        """
        row \(row.id) has no field 'accuracy', which min_accuracy and max_accuracy need; \
        rejection_sampling writes it
        """)
    }
    return accuracy
  }

  /// The first rule that a completion breaks, nil if it passes; as `dropped/REASON` counts it.
  func reasonToDrop(_ sample: RewardSample) -> String? {
    if requireFormat, FormatReward(.none).score(sample).score != 1 { return "format" }
    if minLanguageConsistency > 0,
      let share = LanguageConsistencyReward(identify: identifyLanguages).score(sample).score,
      share < minLanguageConsistency
    {
      return "mixed_languages"
    }
    let reply = sample.text
    let length = sample.completion.unicodeScalars.count
    if length < minCharacters { return "too_short" }
    if let maxCharacters, length > maxCharacters { return "too_long" }
    let text = text == .thoughts ? Thoughts.only(of: reply) : reply
    if dropCodeBlocks, TextRules.hasCodeBlock(text) { return "code_block" }
    if let limit = maxParagraphLength, TextRules.longestParagraph(text) > limit {
      return "long_paragraph"
    }
    if let limit = maxRepetition,
      TextRules.repetition(text, size: repetitionNgramSize) > limit
    {
      return "repetition"
    }
    return nil
  }

  /// Why a prompt with this share of correct samples goes, if it does.
  func reasonToDrop(accuracy: Double) -> String? {
    if accuracy < minAccuracy { return "too_hard" }
    if accuracy > maxAccuracy { return "too_easy" }
    return nil
  }
}
