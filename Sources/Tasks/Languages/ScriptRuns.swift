/// A run of letters of one script: a word, or, where words are written without spaces, several.
struct ScriptRun {
  let script: Script
  var letters = 1
  /// Where it begins and ends in its text.
  let start: String.Index
  var end: String.Index

  /// How many words it counts as: where words are written without spaces, two letters count as one.
  /// Single Latin and Greek letters, which are variables, do not count.
  var words: Int {
    if letters == 1, script == .latin || script == .greek { return 0 }
    return script.isUnspaced ? (letters + 1) / 2 : 1
  }

  /// Calls `body` with the runs of a text, in order.
  ///
  /// Left out is what belongs to no language: numbers and signs, commands of LaTeX (`\frac`) and tags
  /// (`<think>`).
  static func each(in text: String, _ body: (ScriptRun) -> Void) {
    let scalars = text.unicodeScalars
    var run: ScriptRun?
    /// What the letters that follow belong to.
    var context = Context.text
    var index = scalars.startIndex
    while index < scalars.endIndex {
      let scalar = scalars[index]
      let start = index
      scalars.formIndex(after: &index)
      let script = Script(scalar)
      switch context {
      case .command where script == .latin: continue
      case .tag where script == .latin || scalar == "/": continue
      case .command, .tag: context = .text
      case .text: break
      }
      if let script, run?.script == script {
        run?.letters += 1
        run?.end = index
        continue
      }
      // Accents and joiners belong to the letter before them.
      if script == nil, run != nil, scalar.value >= 0x300,
        scalar.properties.generalCategory == .nonspacingMark
      {
        run?.end = index
        continue
      }
      if let run { body(run) }
      run = script.map { ScriptRun(script: $0, start: start, end: index) }
      if scalar == "\\" { context = .command }
      if scalar == "<" { context = .tag }
    }
    if let run { body(run) }
  }

  private enum Context { case text, command, tag }
}

/// How many words of each script a text holds.
struct ScriptCounts: Sendable, Equatable {
  private(set) var words = [Int](repeating: 0, count: Script.allCases.count)

  subscript(script: Script) -> Int { words[Int(script.rawValue)] }

  var total: Int { words.reduce(0, +) }

  init(_ text: String) {
    var words = words
    ScriptRun.each(in: text) { words[Int($0.script.rawValue)] += $0.words }
    self.words = words
  }
}
