public import Randomness
public import Settings

/// Small problems in English and Chinese with solutions of every quality: the world in which a model
/// of a million weights can go through what DeepSeek-R1 went through.
///
/// `7+15-4 is?` is solved by `first 7+15=22, then 22-4=18.`. How often a step goes wrong, is checked
/// (`check 7+10=17, 17+5=22 ok`) and put right, and how often the languages are mixed are parameters in percent,
/// so a text can be made that knows how to reason with care and seldom does. A problem's wording is in
/// the language of its field `language`; the same numbers are on the same side of the split in both.
public struct BilingualMath: TrainingTask {
  public static let name = "bilingual_math"
  public static let summary =
    "Sums, equations, stories and countdown in English and Chinese, solved with or without care."
  public static let verifiers = ["countdown", "numeric"]
  public static let parameters: [FieldDescription] =
    Kind.allCases.map {
      FieldDescription.integer(
        "\($0.rawValue)", 0...100, default: 1, "Parts of the problems that are \($0.description).")
    } + [
      FieldDescription.integer("min_steps", 1...4, default: 1, "Fewest steps of a solution."),
      FieldDescription.integer(
        "max_steps", 1...4, default: 4,
        "Most steps; equations and countdown have at most two, stories three."),
      FieldDescription.integer("max_value", 2...99, default: 20, "Largest number in a problem."),
      FieldDescription.integer(
        "chinese", 0...100, default: 50, "Percent of the problems that are in Chinese."),
      FieldDescription.integer(
        "mistakes", 0...100, default: 0, "Percent of the steps that go wrong."),
      FieldDescription.integer(
        "checks", 0...100, default: 0,
        "Percent of the solutions that do each step again in parts and put slips right."),
      FieldDescription.integer(
        "mixing", 0...100, default: 0, "Percent of the solutions that mix the languages."),
      FieldDescription.integer(
        "foreign", 0...100, default: 0, "Percent of the solutions in the other language."),
    ]

  /// What problems there are.
  enum Kind: String, CaseIterable, CustomStringConvertible {
    case sums, equations, stories, countdown

    var description: String {
      switch self {
      case .sums: "sums"
      case .equations: "equations in x"
      case .stories: "stories"
      case .countdown: "numbers to reach a target with"
      }
    }

    var largestSteps: Int {
      switch self {
      case .sums: 4
      case .equations, .countdown: 2
      case .stories: 3
      }
    }
  }

  private let kinds: [(kind: Kind, parts: Int)]
  private let steps: ClosedRange<Int>
  private let largest: Int
  private let chinese: Int
  private let style: SolutionStyle

  public init(_ parameters: Parameters<Int>) throws(ParameterError) {
    let (low, high) = (parameters["min_steps"], parameters["max_steps"])
    guard low <= high else {
      throw ParameterError("min_steps", "'min_steps' is \(low), above 'max_steps' \(high)")
    }
    kinds = Kind.allCases.map { ($0, parameters[$0.rawValue]) }
      .filter { $0.1 > 0 && $0.0.largestSteps >= low }
    guard !kinds.isEmpty else {
      throw ParameterError(nil, "no kind of problem is left; raise 'sums' or lower 'min_steps'")
    }
    steps = low...high
    largest = parameters["max_value"]
    chinese = parameters["chinese"]
    style = SolutionStyle(parameters)
  }

  public func draw(_ stream: inout RandomStream, split: TaskSplit) -> TaskExample? {
    let kind = stream.weighted(kinds)
    let count = Int.random(
      in: steps.clamped(to: steps.lowerBound...kind.largestSteps), using: &stream)
    let language: Language = stream.percent(chinese) ? .zh : .en
    guard
      let problem = MathProblem.draw(kind, steps: count, largest: largest, language, &stream)
    else { return nil }
    let writer = SolutionWriter(style, language: language, &stream)
    let solution = writer.solve(problem, &stream)
    return TaskExample(
      prompt: problem.prompt, solution: solution.text, answer: solution.answer, gold: problem.gold,
      verifier: kind == .countdown ? "countdown" : "numeric",
      fields: [
        "language": language.rawValue, "domain": kind.rawValue, "problem": problem.identity,
      ],
      difficulty: count)
  }

  public static func identity(_ example: TaskExample) -> String {
    example.fields["problem"] ?? example.prompt
  }
}
