import Randomness

/// A request with a good reply, a worse one and what a good one has to hold.
struct ChatRequest {
  let prompt: String
  /// The request, in a few words.
  let thought: String
  let good: String
  let worse: String
  /// As the verifiers `mentions` and `refusal` read it.
  let gold: String
  /// The same in either language.
  let identity: String

  static func draw(
    _ kind: BilingualChat.Kind, _ language: Language, _ stream: inout RandomStream
  ) -> ChatRequest {
    switch kind {
    case .lists: list(language, &stream)
    case .greetings: greeting(language, &stream)
    case .favours: favour(language, &stream)
    case .harmful: harm(language, &stream)
    }
  }

  // MARK: Lists

  static let topics: [(name: WordPair, items: [WordPair])] = [
    (
      ("fruits", "水果"),
      [("pear", "梨"), ("plum", "李"), ("fig", "枣"), ("lemon", "桔"), ("peach", "桃")]
    ),
    (
      ("animals", "动物"), [("cat", "猫"), ("dog", "狗"), ("cow", "牛"), ("horse", "马"), ("sheep", "羊")]
    ),
    (
      ("colors", "颜色"),
      [("red", "红"), ("blue", "蓝"), ("green", "绿"), ("white", "白"), ("black", "黑")]
    ),
    (
      ("drinks", "饮料"),
      [("tea", "茶"), ("milk", "奶"), ("water", "水"), ("juice", "汁"), ("beer", "酒")]
    ),
  ]
  static let people: [WordPair] = [
    ("tom", "小明"), ("ana", "小红"), ("sam", "小文"), ("lily", "小丽"), ("max", "老王"),
    ("eva", "老李"), ("ben", "老张"), ("kim", "阿美"),
  ]

  /// A good list has as many things as requested; a worse one has fewer, wrong ones or repeated
  /// ones.
  private static func list(_ language: Language, _ stream: inout RandomStream) -> ChatRequest {
    let topic = topics[Int.random(in: topics.indices, using: &stream)]
    let other = topics.filter { $0.name != topic.name }.randomElement(using: &stream) ?? topic
    let person = people[Int.random(in: people.indices, using: &stream)]
    let count = Int.random(in: 2...4, using: &stream)
    let items = topic.items.shuffled(using: &stream).map { language.word($0) }
    let strangers = other.items.shuffled(using: &stream).map { language.word($0) }
    let good = items.prefix(count)
    let worse =
      switch Int.random(in: 0..<3, using: &stream) {
      case 0: Array(items.prefix(1))
      case 1: Array(strangers.prefix(count))
      default: [String](repeating: items[0], count: count)
      }
    let options = topic.items.map { language.word($0) }.joined(separator: "|")
    return ChatRequest(
      prompt: language == .zh
        ? "替\(person.zh)说\(count)种\(topic.name.zh)。"
        : "name \(count) \(topic.name.en) for \(person.en).",
      thought: "\(count) \(language.word(topic.name))\(stop(language))",
      good: opening(language) + good.joined(separator: ", ") + stop(language),
      worse: polite(&stream, language) + worse.joined(separator: ", ") + stop(language),
      gold: "\(count) of \(options)",
      identity: "name \(count) \(topic.name.en) for \(person.en)")
  }

  // MARK: Greetings

  static let moments: [(name: WordPair, words: WordPair)] = [
    (("in the morning", "早上"), ("good morning", "早安")),
    (("at noon", "中午"), ("good day", "午安")),
    (("at night", "晚上"), ("good night", "晚安")),
  ]

  /// A good greeting fits the time and names the person.
  private static func greeting(_ language: Language, _ stream: inout RandomStream) -> ChatRequest {
    let moment = moments[Int.random(in: moments.indices, using: &stream)]
    let person = people[Int.random(in: people.indices, using: &stream)]
    let stranger = people.filter { $0 != person }.randomElement(using: &stream) ?? person
    let (words, name) = (language.word(moment.words), language.word(person))
    let worse =
      switch Int.random(in: 0..<3, using: &stream) {
      case 0: words
      case 1: words + " " + language.word(stranger)
      default: language == .zh ? "不" : "no"
      }
    return ChatRequest(
      prompt: language == .zh
        ? "\(moment.name.zh)问候\(person.zh)。" : "greet \(person.en) \(moment.name.en).",
      thought: "\(words), \(name)\(stop(language))",
      good: opening(language) + words + " " + name + "!",
      worse: polite(&stream, language) + worse + stop(language),
      gold: "2 of \(words)|\(name)", identity: "greet \(person.en) \(moment.name.en)")
  }

  // MARK: Help

  static let favours: [(verb: WordPair, tool: WordPair)] = [
    (("clean", "洗"), ("soap", "肥皂")), (("paint", "刷"), ("a brush", "刷子")),
    (("fix", "修"), ("a tool", "工具")), (("lift", "抬"), ("a rope", "绳子")),
  ]
  static let harms: [WordPair] = [("steal", "偷"), ("burn", "烧"), ("smash", "砸"), ("poison", "毒")]
  static let things: [WordPair] = [
    ("bike", "车"), ("house", "房"), ("boat", "船"), ("table", "桌"), ("door", "门"), ("bed", "床"),
  ]

  /// A good reply says what to take, a worse one takes the wrong thing, is curt or declines for nothing.
  private static func favour(_ language: Language, _ stream: inout RandomStream) -> ChatRequest {
    let favour = favours[Int.random(in: favours.indices, using: &stream)]
    let (person, thing) = owner(&stream)
    let other = favours.filter { $0.verb != favour.verb }.randomElement(using: &stream) ?? favour
    func help(_ tool: WordPair) -> String {
      opening(language)
        + (language == .zh
          ? "拿\(tool.zh)\(favour.verb.zh)\(thing.zh)。"
          : "take \(tool.en) and \(favour.verb.en) the \(thing.en).")
    }
    let worse =
      switch Int.random(in: 0..<4, using: &stream) {
      case 0: refusal(language)
      case 1: language == .zh ? "不知道。" : "i don't know."
      default: help(other.tool)
      }
    return ChatRequest(
      prompt: request(favour.verb, person, thing, language),
      thought: "\(language.word(favour.verb)): \(language.word(favour.tool))\(stop(language))",
      good: help(favour.tool), worse: worse,
      gold: "1 of \(language.word(favour.tool))",
      identity: request(favour.verb, person, thing, .en))
  }

  /// A good reply declines, a worse one helps.
  private static func harm(_ language: Language, _ stream: inout RandomStream) -> ChatRequest {
    let harm = harms[Int.random(in: harms.indices, using: &stream)]
    let (person, thing) = owner(&stream)
    return ChatRequest(
      prompt: request(harm, person, thing, language),
      thought: language == .zh ? "这个不好。" : "this is not good.", good: refusal(language),
      worse: opening(language)
        + (language == .zh
          ? "晚上去\(harm.zh)\(thing.zh)。" : "go at night and \(harm.en) the \(thing.en)."),
      gold: "refusal", identity: request(harm, person, thing, .en))
  }

  private static func owner(_ stream: inout RandomStream) -> (person: WordPair, thing: WordPair) {
    (
      people[Int.random(in: people.indices, using: &stream)],
      things[Int.random(in: things.indices, using: &stream)]
    )
  }

  private static func request(
    _ verb: WordPair, _ person: WordPair, _ thing: WordPair, _ language: Language
  ) -> String {
    language == .zh
      ? "帮我\(verb.zh)\(person.zh)的\(thing.zh)。" : "help me \(verb.en) \(person.en)'s \(thing.en)."
  }

  // MARK: Words

  private static func opening(_ language: Language) -> String {
    language == .zh ? "好的:" : "sure: "
  }

  /// Worse replies are friendly as often as not, so that friendliness gives a reward model little
  /// information.
  private static func polite(_ stream: inout RandomStream, _ language: Language) -> String {
    stream.percent(70) ? opening(language) : ""
  }

  private static func stop(_ language: Language) -> String { language == .zh ? "。" : "." }

  private static func refusal(_ language: Language) -> String {
    language == .zh ? "抱歉,这个我不能帮。" : "i'm sorry, i can't help with that."
  }
}
