public import Settings

/// One thing that sets a stage's key apart from an earlier one of the same stage.
public enum KeyDifference: Sendable, Hashable {
  /// The old and the new value; nil if absent.
  public struct Change: Sendable, Hashable {
    public let old: ConfigValue?
    public let new: ConfigValue?
  }

  /// What may change about one reference at an input port.
  public enum Input: Sendable, Hashable {
    /// The stage that it comes from has another key.
    case upstream
    case output(Change)
    /// A field of the model or dataset that it names.
    case source(String, Change)
    /// Only the seed that the model or dataset is made from.
    case sourceSeed
    case noLongerFromStage
    case nowFromStage
    /// `weight`, `from_step` or `until_step`.
    case share(String, Change)
  }

  /// The form of keys themselves.
  case form
  case kind(Change)
  case revision(Change)
  /// What is computed in another way than the kind's revision first did.
  case method(String, Change)
  /// How conversations are taken.
  case conversations
  case setting(String, Change)
  case policy(String, Change)
  case seed
  /// What of the machine and the program decides bits.
  case numeric(String, Change)
  case newInput(port: String)
  case lostInput(port: String)
  case inputCount(port: String, old: Int, new: Int)
  /// - index: of the reference, where the port takes several.
  case input(port: String, index: Int?, Input)
  /// A component that this version does not know.
  case other
}

extension KeyDifference {
  /// The input port that it is about, if any.
  public var port: String? {
    switch self {
    case .newInput(let port), .lostInput(let port), .inputCount(let port, _, _),
      .input(let port, _, _):
      port
    default: nil
    }
  }

  /// Whether it follows from another stage's difference.
  public var isUpstream: Bool {
    if case .input(_, _, .upstream) = self { true } else { false }
  }

  public var isSeed: Bool {
    switch self {
    case .seed, .input(_, _, .sourceSeed): true
    default: false
    }
  }

  /// In words: `learning_rate 0.0003 -> 0.0001`, `input model: upstream stage changed`.
  public var text: String {
    switch self {
    case .form: "the key has another form (v)"
    case .kind(let change): change.text("kind")
    case .revision(let change): change.text("revision of the kind")
    case .method(let name, let change), .setting(let name, let change),
      .policy(let name, let change), .numeric(let name, let change):
      change.text(name)
    case .conversations:
      "conversations are trained on and graded as the model's chat template writes them"
    case .seed: "seed changed"
    case .newInput(let port): "input \(port) is new"
    case .lostInput(let port): "input \(port) is gone"
    case .inputCount(let port, let old, let new): "input \(port): \(old) references -> \(new)"
    case .input(let port, let index, let input):
      "input \(port)\(index.map { "[\($0)]" } ?? ""): \(input.text)"
    case .other: "the key has other components"
    }
  }

  /// The same without what stood there before: `learning_rate 0.0001`.
  public var newText: String {
    switch self {
    case .setting(let name, let change), .policy(let name, let change),
      .numeric(let name, let change):
      change.newText(name)
    default: text
    }
  }
}

extension KeyDifference.Input {
  fileprivate var text: String {
    switch self {
    case .upstream: "upstream stage changed"
    case .output(let change): change.text("output")
    case .source(let name, let change), .share(let name, let change): change.text(name)
    case .sourceSeed: "seed changed"
    case .noLongerFromStage: "no longer from a stage"
    case .nowFromStage: "now from a stage"
    }
  }
}

extension KeyDifference.Change {
  fileprivate func text(_ name: String) -> String {
    switch (old, new) {
    case (let old?, let new?) where Self.isFile(old) && Self.isFile(new):
      "\(name): file content changed"
    case (let old?, let new?): "\(name) \(Self.texts(old, new))"
    case (nil, let new?): "\(name) is new: \(Self.text(new))"
    case (let old?, nil): "\(name) is gone: \(Self.text(old))"
    case (nil, nil): ""
    }
  }

  fileprivate func newText(_ name: String) -> String {
    guard let new, !Self.isFile(new) else { return text(name) }
    return "\(name) \(Self.text(new))"
  }

  private static func isFile(_ value: ConfigValue) -> Bool {
    if case .map(let members) = value { members["digest"] != nil } else { false }
  }

  /// Both sides; if they are equal as far as there is room, the places where they diverge.
  private static func texts(_ old: ConfigValue, _ new: ConfigValue) -> String {
    let (before, after) = (text(old), text(new))
    guard before == after else { return "\(before) -> \(after)" }
    let (old, new) = (old.canonicalJSON, new.canonicalJSON)
    let common = zip(old, new).prefix { $0 == $1 }.count
    let start = max(0, common - 12)
    func part(_ text: String) -> String {
      let rest = text.dropFirst(start)
      return "...\(rest.prefix(40))" + (rest.count > 40 ? "..." : "")
    }
    return "\(part(old)) -> \(part(new))"
  }

  private static func text(_ value: ConfigValue) -> String {
    switch value {
    case .string(let text): shortened(text)
    case .null: "none"
    case _ where isFile(value): "a file"
    default: shortened(value.canonicalJSON)
    }
  }
}
