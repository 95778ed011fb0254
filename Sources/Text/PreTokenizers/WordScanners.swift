/// GPT-2's regular expression as a scanner; each step follows one alternative, in its order.
struct GPT2Scanner {
  let scalars: ScalarClasses
  let end: Int

  /// The end of the word that begins at `start`.
  func wordEnd(_ start: Int) -> Int {
    if let end = scalars.contraction(start, end, ignoringCase: false) { return end }
    let first = scalars[start]
    // ` ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+`
    if !first.isSpace { return scalars.run(of: first, start, end) }
    if scalars.value(start) == 0x20, start + 1 < end, !scalars[start + 1].isSpace {
      return scalars.run(of: scalars[start + 1], start + 1, end)
    }
    return scalars.spacesEnd(start, end)
  }
}

/// Qwen2's and Llama 3's regular expression as a scanner; each step follows one alternative, in its order.
struct QwenScanner {
  let scalars: ScalarClasses
  let end: Int
  /// Most digits of a word: one (Qwen2) or three (Llama 3).
  let digits: Int

  /// The end of the word that begins at `start`.
  func wordEnd(_ start: Int) -> Int {
    if let end = scalars.contraction(start, end, ignoringCase: true) { return end }
    let first = scalars[start]
    // `[^\r\n\p{L}\p{N}]?\p{L}+`
    if first == .letter { return scalars.run(of: .letter, start, end) }
    let next = start + 1 < end ? scalars[start + 1] : nil
    if next == .letter, first == .space || first == .other {
      return scalars.run(of: .letter, start + 1, end)
    }
    if first == .number { return scalars.run(of: .number, start, min(end, start + digits)) }
    // ` ?[^\s\p{L}\p{N}]+[\r\n]*`
    if first == .other { return newlines(scalars.run(of: .other, start, end)) }
    if scalars.value(start) == 0x20, next == .other {
      return newlines(scalars.run(of: .other, start + 1, end))
    }
    return spaces(start)
  }

  private func newlines(_ start: Int) -> Int { scalars.run(of: .newline, start, end) }

  /// `\s*[\r\n]+|\s+(?!\S)|\s+`: up to the last line break of the white space, if it has one.
  private func spaces(_ start: Int) -> Int {
    var position = start
    var afterNewline: Int?
    while position < end, scalars[position].isSpace {
      position += 1
      if scalars[position - 1] == .newline { afterNewline = position }
    }
    return afterNewline ?? scalars.spacesEnd(start, end)
  }
}

extension ScalarClasses {
  /// The end of the characters of one class from `start` on.
  func run(of kind: ScalarClass, _ start: Int, _ end: Int) -> Int {
    var position = start
    while position < end, self[position] == kind { position += 1 }
    return position
  }

  /// `\s+(?!\S)|\s+`: all white space, less the last of several before a word.
  func spacesEnd(_ start: Int, _ end: Int) -> Int {
    var position = start
    while position < end, self[position].isSpace { position += 1 }
    return position < end && position - start > 1 ? position - 1 : position
  }

  /// The end of `'s`, `'t`, `'re`, `'ve`, `'m`, `'ll` or `'d` at `start`.
  func contraction(_ start: Int, _ end: Int, ignoringCase: Bool) -> Int? {
    guard value(start) == 0x27, start + 1 < end else { return nil }
    let first = letter(start + 1, ignoringCase)
    if ["s", "t", "m", "d"].contains(first) { return start + 2 }
    guard start + 2 < end else { return nil }
    switch (first, letter(start + 2, ignoringCase)) {
    case ("r", "e"), ("v", "e"), ("l", "l"): return start + 3
    default: return nil
    }
  }

  private func letter(_ index: Int, _ ignoringCase: Bool) -> Unicode.Scalar? {
    guard ignoringCase else { return Unicode.Scalar(value(index)) }
    switch value(index) {
    case 0x17F: return "s"  // Long s is an s when case is ignored.
    case 0x41...0x5A: return Unicode.Scalar(value(index) + 0x20)
    default: return Unicode.Scalar(value(index))
    }
  }
}
