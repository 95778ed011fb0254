/// How often a text reflects on itself: the paper's ten words (Guo et al., arXiv 2501.12948v2,
/// appendix C.2), each with its like in other languages, counted as whole words whatever their case.
public enum Reflection {
  /// The words by what they mean; Chinese and Japanese ones are found inside running text.
  public static let words: [(meaning: String, spellings: [String])] = [
    (
      "wait",
      [
        "wait", "等等", "等一下", "且慢", "待って", "warte", "moment", "attends", "attendez", "espera",
        "подожди", "стоп",
      ]
    ),
    ("mistake", ["mistake", "失误", "弄错", "间違い", "fehler", "faute", "equivocación", "ошибка"]),
    (
      "however",
      ["however", "然而", "不过", "しかし", "jedoch", "allerdings", "cependant", "toutefois", "однако"]
    ),
    ("but", ["but", "但是", "但", "可是", "でも", "aber", "mais", "pero", "но"]),
    ("retry", ["retry", "重试", "再试", "重新", "やり直", "nochmal", "réessayer", "reintentar", "заново"]),
    ("error", ["error", "错误", "エラー", "irrtum", "erreur", "погрешность"]),
    ("verify", ["verify", "验证", "核实", "検証", "überprüfen", "vérifier", "verificar", "убедиться"]),
    (
      "wrong",
      ["wrong", "不对", "错了", "違う", "falsch", "faux", "incorrecto", "неправильно", "неверно"]
    ),
    ("evaluate", ["evaluate", "评估", "評価", "bewerten", "évaluer", "evaluar", "оценить"]),
    ("check", ["check", "检查", "確認", "prüfen", "comprobar", "проверить", "проверим"]),
  ]

  /// Occurrences of each of `words`, in their order.
  public static func counts(_ text: String) -> [Int] {
    var counts = [Int](repeating: 0, count: words.count)
    var word: [Unicode.Scalar] = []
    var running: [Unicode.Scalar] = []
    func endWord() {
      if let meaning = spaced[word] { counts[meaning] += 1 }
      word.removeAll(keepingCapacity: true)
    }
    func endRunning() {
      if !running.isEmpty { countRunning(running, &counts) }
      running.removeAll(keepingCapacity: true)
    }
    for scalar in text.unicodeScalars {
      guard let script = Script(scalar) else {
        endWord()
        endRunning()
        continue
      }
      if script.isUnspaced {
        endWord()
        running.append(scalar)
      } else {
        endRunning()
        word.append(scalar.value < 0x80 ? Self.lowercased(scalar) : scalar.properties.lowercase)
      }
    }
    endWord()
    endRunning()
    return counts
  }

  /// Spellings in a run without spaces, the longest at each place.
  private static func countRunning(_ text: [Unicode.Scalar], _ counts: inout [Int]) {
    var i = 0
    while i < text.count {
      let match = unspaced[text[i]]?.first { text[i...].starts(with: $0.spelling) }
      if let match { counts[match.meaning] += 1 }
      i += match?.spelling.count ?? 1
    }
  }

  private static func lowercased(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    Unicode.Scalar(UInt8(scalar.value) | 0x20)
  }

  private static let spaced: [[Unicode.Scalar]: Int] = Dictionary(
    spellings.filter { !isUnspaced($0.spelling) }.map { ($0.spelling, $0.meaning) }
  ) { first, _ in first }

  /// By their first letter, the longest first.
  private static let unspaced = Dictionary(
    grouping: spellings.filter { isUnspaced($0.spelling) }.sorted {
      $0.spelling.count > $1.spelling.count
    }, by: { $0.spelling[0] })

  private static let spellings = words.enumerated().flatMap { meaning, word in
    word.spellings.map { (spelling: Array($0.unicodeScalars), meaning: meaning) }
  }

  private static func isUnspaced(_ spelling: [Unicode.Scalar]) -> Bool {
    Script(spelling[0])?.isUnspaced ?? false
  }
}

extension Unicode.Scalar.Properties {
  /// The lower case, where it is one letter.
  fileprivate var lowercase: Unicode.Scalar {
    let mapping = lowercaseMapping.unicodeScalars
    return mapping.first ?? " "
  }
}
