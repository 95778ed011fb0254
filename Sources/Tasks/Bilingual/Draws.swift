import Randomness

/// Words in English and Chinese.
typealias WordPair = (en: String, zh: String)

extension Language {
  /// The word of a pair that is in this language; of the two, everything else is English.
  func word(_ pair: WordPair) -> String { self == .zh ? pair.zh : pair.en }
}

extension RandomStream {
  /// Whether something that happens so many times in a hundred happens.
  mutating func percent(_ chance: Int) -> Bool { Int.random(in: 0..<100, using: &self) < chance }

  /// One of several, each as often as it has parts.
  mutating func weighted<Choice>(_ choices: [(Choice, parts: Int)]) -> Choice {
    var place = Int.random(in: 0..<choices.reduce(0) { $0 + $1.parts }, using: &self)
    for (choice, parts) in choices {
      if place < parts { return choice }
      place -= parts
    }
    preconditionFailure("the parts add up to less than their sum")
  }
}
