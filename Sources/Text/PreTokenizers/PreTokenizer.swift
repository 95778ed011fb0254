/// Cuts text into the words that byte-pair merges never cross: in steps, each of which cuts the
/// pieces of the one before.
package struct PreTokenizer: Sendable, Equatable {
  let steps: [SplitExpression]
  /// The last step is the `ByteLevel` pre-tokenizer's own expression, GPT-2's.
  let endsWithGPT2: Bool

  /// GPT-2.
  static let gpt2 = PreTokenizer(steps: [], endsWithGPT2: true)
  /// Every digit separately, then GPT-2's expression on the text between.
  static let smollm = PreTokenizer(steps: [.digits], endsWithGPT2: true)
  static let qwen2 = PreTokenizer(steps: [.qwen2], endsWithGPT2: false)
  static let llama3 = PreTokenizer(steps: [.llama3], endsWithGPT2: false)

  /// The end of each word of `scalars`, as indexes into it, in order; together they cover it.
  func wordEnds(_ scalars: ScalarClasses) -> [Int] {
    if scalars.count == 0 { return [] }
    var ends = [scalars.count]
    for step in steps + (endsWithGPT2 ? [.gpt2] : []) {
      var start = 0
      // For a step's look-ahead, a piece ends the text.
      ends = ends.flatMap { end in
        defer { start = end }
        return step.ends(scalars, start..<end)
      }
    }
    return ends
  }
}

/// One step: matches of an expression are separate pieces, and so is the text between them.
package struct SplitExpression: Sendable, Equatable {
  /// As tokenizer.json has it.
  let source: String
  private let matcher: Matcher

  private enum Matcher: Sendable {
    case gpt2
    /// Each digit, as `Digits` with `individual_digits` cuts.
    case digits
    /// Qwen2's and Llama 3's expressions differ in how many digits make a word.
    case qwen(digits: Int)
    case program(PatternProgram)
  }

  /// Throws `PatternParser.Failure` for an expression that is not understood. Those that most models
  /// have are scanned by hand.
  init(_ source: String) throws {
    switch source {
    case Self.gpt2.source: self = .gpt2
    case Self.digits.source: self = .digits
    case Self.qwen2.source: self = .qwen2
    case Self.llama3.source: self = .llama3
    default: self.init(source, .program(try PatternProgram(source)))
    }
  }

  /// The same expression without its hand-written scanner, for comparison.
  static func program(_ source: String) throws -> SplitExpression {
    SplitExpression(source, .program(try PatternProgram(source)))
  }

  private init(_ source: String, _ matcher: Matcher) {
    self.source = source
    self.matcher = matcher
  }

  package static func == (a: SplitExpression, b: SplitExpression) -> Bool {
    a.source.utf8.elementsEqual(b.source.utf8)
  }

  /// The ends of the pieces of `range`.
  func ends(_ scalars: ScalarClasses, _ range: Range<Int>) -> [Int] {
    switch matcher {
    case .gpt2:
      let scanner = GPT2Scanner(scalars: scalars, end: range.upperBound)
      return words(range) { scanner.wordEnd($0) }
    case .digits: return digits(scalars, range)
    case .qwen(let digits):
      let scanner = QwenScanner(scalars: scalars, end: range.upperBound, digits: digits)
      return words(range) { scanner.wordEnd($0) }
    case .program(let program): return pieces(scalars, range, program)
    }
  }

  private func words(_ range: Range<Int>, _ end: (Int) -> Int) -> [Int] {
    var ends: [Int] = []
    var position = range.lowerBound
    while position < range.upperBound {
      position = end(position)
      ends.append(position)
    }
    return ends
  }

  private func digits(_ scalars: ScalarClasses, _ range: Range<Int>) -> [Int] {
    range.flatMap { index -> [Int] in
      let stands = scalars[index] == .number
      let next = index + 1
      return stands || next == range.upperBound || scalars[next] == .number ? [next] : []
    }
  }

  private func pieces(
    _ scalars: ScalarClasses, _ range: Range<Int>, _ program: PatternProgram
  ) -> [Int] {
    var ends: [Int] = []
    var (position, start) = (range.lowerBound, range.lowerBound)
    while position < range.upperBound {
      guard let end = program.match(scalars, position, range.upperBound), end > position else {
        position += 1
        continue
      }
      if start < position { ends.append(position) }
      ends.append(end)
      (position, start) = (end, end)
    }
    if start < range.upperBound { ends.append(range.upperBound) }
    return ends
  }
}

extension SplitExpression {
  static let gpt2 = SplitExpression(
    #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#, .gpt2)
  static let digits = SplitExpression(#"\p{N}"#, .digits)
  static let qwen2 = SplitExpression(
    #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"#
      + #"|\s*[\r\n]+|\s+(?!\S)|\s+"#, .qwen(digits: 1))
  static let llama3 = SplitExpression(
    #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"#
      + #"|\s*[\r\n]+|\s+(?!\S)|\s+"#, .qwen(digits: 3))
}
