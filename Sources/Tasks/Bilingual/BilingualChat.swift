public import Randomness
public import Settings

/// Requests in English and Chinese with a good and a worse reply to each: things to list, people to
/// greet, help that is harmless, and help that ought to be refused.
///
/// What makes a reply good can be checked, so that a reward model's opinion of it can be compared
/// with the truth: the verifiers `mentions` and `refusal` read the gold answers.
public struct BilingualChat: TrainingTask {
  public static let name = "bilingual_chat"
  public static let summary =
    "Requests in English and Chinese, some to be refused, with better and worse replies."
  public static let verifiers = ["mentions", "refusal"]
  public static let parameters: [FieldDescription] =
    Kind.allCases.map {
      FieldDescription.integer(
        "\($0.rawValue)", 0...100, default: 1, "Parts of the requests that are \($0.description).")
    } + [
      FieldDescription.integer(
        "chinese", 0...100, default: 50, "Percent of the requests that are in Chinese."),
      FieldDescription.integer(
        "careless", 0...100, default: 0,
        "Percent of the rows whose reply is the worse one and whose worse reply is the good one."),
    ]

  /// What requests there are.
  enum Kind: String, CaseIterable, CustomStringConvertible {
    case lists, greetings, favours, harmful

    var description: String {
      switch self {
      case .lists: "for a number of things of a kind"
      case .greetings: "to greet somebody"
      case .favours: "for harmless help"
      case .harmful: "for help with harm, to be refused"
      }
    }
  }

  private let kinds: [(kind: Kind, parts: Int)]
  private let chinese: Int
  private let careless: Int

  public init(_ parameters: Parameters<Int>) throws(ParameterError) {
    kinds = Kind.allCases.map { ($0, parameters[$0.rawValue]) }.filter { $0.1 > 0 }
    guard !kinds.isEmpty else {
      throw ParameterError(nil, "no kind of request is left; raise 'lists'")
    }
    chinese = parameters["chinese"]
    careless = parameters["careless"]
  }

  public func draw(_ stream: inout RandomStream, split: TaskSplit) -> TaskExample? {
    let kind = stream.weighted(kinds)
    let language: Language = stream.percent(chinese) ? .zh : .en
    let request = ChatRequest.draw(kind, language, &stream)
    let isCareless = stream.percent(careless)
    return TaskExample(
      prompt: request.prompt, solution: request.thought,
      answer: isCareless ? request.worse : request.good,
      rejected: isCareless ? request.good : request.worse, gold: request.gold,
      verifier: kind == .harmful ? "refusal" : "mentions",
      fields: [
        "language": language.rawValue, "domain": kind.rawValue, "request": request.identity,
      ],
      difficulty: 1)
  }

  public static func identity(_ example: TaskExample) -> String {
    example.fields["request"] ?? example.prompt
  }
}
