public import Randomness
public import Settings

/// Word problems of one to four steps from templates, with worked solutions such as
/// `3*12=36 pencils in all. 36-5=31 pencils left.`
///
/// The splits share no template and no set of numbers, so a test problem is new in both.
public struct WordProblems: TrainingTask {
  public static let name = "word_problems"
  public static let summary = "Stories with numbers that take one to four steps, in English."
  public static let verifiers = ["numeric"]
  public static let parameters: [FieldDescription] = [
    .integer("min_steps", 1...4, default: 2, "Fewest steps of a solution."),
    .integer("max_steps", 1...4, default: 4, "Most steps of a solution."),
    .integer("scale", 1...100, default: 1, "Factor on the largest numbers of the stories."),
  ]

  private let templates: [TaskSplit: [WordTemplate]]
  private let scale: Int

  public init(_ parameters: Parameters<Int>) throws(ParameterError) {
    let (low, high) = (parameters["min_steps"], parameters["max_steps"])
    guard low <= high else {
      throw ParameterError("min_steps", "'min_steps' is \(low), above 'max_steps' \(high)")
    }
    let fitting: ([WordTemplate]) -> [WordTemplate] = {
      $0.filter { (low...high).contains($0.steps.count) }
    }
    templates = [
      .train: fitting(WordTemplate.training + WordTemplate.trainingSingle),
      .test: fitting(WordTemplate.testing + WordTemplate.testingSingle),
    ]
    scale = parameters["scale"]
  }

  public func draw(_ stream: inout RandomStream, split: TaskSplit) -> TaskExample? {
    guard let template = templates[split]?.randomElement(using: &stream) else { return nil }
    var numbers: [String: Int] = [:]
    var drawn: [Int] = []
    for (name, range) in template.numbers {
      let number = Int.random(in: range.lowerBound...(range.upperBound * scale), using: &stream)
      numbers[name] = number
      drawn.append(number)
    }
    guard let steps = template.work(numbers), let answer = steps.last?.value else { return nil }
    let words = WordChoice.draw(template.items, &stream).words
      .merging(numbers.mapValues(String.init)) { word, _ in word }
    return TaskExample(
      prompt: WordTemplate.fill(template.story, words),
      solution: steps.map { WordTemplate.fill($0.text, words) }.joined(separator: " "),
      answer: "\(answer)", gold: "\(answer)", verifier: "numeric",
      fields: [
        "template": template.name,
        "numbers": drawn.sorted().map(String.init).joined(separator: " "),
      ],
      difficulty: steps.count)
  }

  /// The numbers decide the side, whatever the story.
  public static func identity(_ example: TaskExample) -> String { example.fields["numbers"] ?? "" }
}

/// The people and things of one story.
struct WordChoice {
  let words: [String: String]

  static func draw(_ items: WordItems, _ stream: inout RandomStream) -> WordChoice {
    let order = stream.permutation(people.count)
    let (name, she, her) = people[order[0]]
    let list = items.nouns
    return WordChoice(words: [
      "name": name, "she": she, "She": she == "she" ? "She" : "He", "her": her,
      "friend": people[order[1]].name,
      "item": list[Int.random(in: list.indices, using: &stream)],
    ])
  }

  private static let people: [(name: String, she: String, her: String)] = [
    ("Anna", "she", "her"), ("Ben", "he", "his"), ("Clara", "she", "her"), ("David", "he", "his"),
    ("Elena", "she", "her"), ("Felix", "he", "his"), ("Grace", "she", "her"), ("Hugo", "he", "his"),
    ("Iris", "she", "her"), ("Jonas", "he", "his"), ("Kate", "she", "her"), ("Liam", "he", "his"),
    ("Mia", "she", "her"), ("Noah", "he", "his"), ("Olga", "she", "her"), ("Paul", "he", "his"),
    ("Rosa", "she", "her"), ("Sam", "he", "his"), ("Tara", "she", "her"), ("Victor", "he", "his"),
    ("Wendy", "she", "her"), ("Yusuf", "he", "his"), ("Zoe", "she", "her"), ("Marco", "he", "his"),
  ]
}

/// What a story is about.
enum WordItems {
  case things, fruit, food, animals, plants, nothing

  var nouns: [String] {
    switch self {
    case .things:
      ["marbles", "stickers", "pencils", "cards", "shells", "beads", "coins", "stamps", "buttons"]
    case .fruit: ["apples", "pears", "oranges", "plums", "peaches", "lemons", "mangoes", "figs"]
    case .food: ["cookies", "muffins", "rolls", "pies", "pancakes", "sandwiches", "waffles"]
    case .animals: ["ducks", "goats", "sheep", "hens", "rabbits", "ponies", "geese"]
    case .plants: ["roses", "tulips", "daisies", "lilies", "trees", "bushes", "sunflowers"]
    case .nothing: ["things"]
    }
  }
}
