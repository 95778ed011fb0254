/// A regular expression as a program that is run with backtracking, as Oniguruma runs it: the first
/// alternative that leads to a match counts, repetitions take as much as they can.
struct PatternProgram: Sendable {
  private enum Instruction: Sendable {
    case one(CharacterSetPattern)
    /// As many characters of the set as there are, at least and at most so many; fewer on the way
    /// back.
    case run(CharacterSetPattern, ClosedRange<Int>)
    case ahead(CharacterSetPattern, isWanted: Bool)
    case lineEnd
    /// Continues at the first place; at the second when it backtracks.
    case fork(Int, Int)
    case jump(Int)
  }

  /// Where to go on when a way fails: at `program` from `last` down to `first`.
  private struct Way {
    let program: Int
    let first: Int
    var last: Int
  }

  private var instructions: [Instruction] = []

  /// Throws `PatternParser.Failure` for an expression that uses more of the language than there is
  /// here.
  init(_ expression: String) throws { try add(PatternParser.parse(expression)) }

  private mutating func add(_ node: PatternNode) throws {
    switch node {
    case .set(let set): instructions.append(.one(set))
    case .ahead(let set, let isWanted): instructions.append(.ahead(set, isWanted: isWanted))
    case .lineEnd: instructions.append(.lineEnd)
    case .sequence(let parts): for part in parts { try add(part) }
    case .either(let arms):
      var exits: [Int] = []
      for (index, arm) in arms.enumerated() {
        guard index + 1 < arms.count else {
          try add(arm)
          continue
        }
        let fork = instructions.count
        instructions.append(.jump(0))
        try add(arm)
        exits.append(instructions.count)
        instructions.append(.jump(0))
        instructions[fork] = .fork(fork + 1, instructions.count)
      }
      for exit in exits { instructions[exit] = .jump(instructions.count) }
    case .repeated(.set(let set), let range): instructions.append(.run(set, range))
    case .repeated(let part, let range):
      guard range == 0...1 else { throw PatternParser.Failure(reason: "a repeated group") }
      let fork = instructions.count
      instructions.append(.jump(0))
      try add(part)
      instructions[fork] = .fork(fork + 1, instructions.count)
    }
  }

  /// The end of the match that begins at `start`, or nil; only `..<end` is looked at.
  func match(_ scalars: ScalarClasses, _ start: Int, _ end: Int) -> Int? {
    var ways: [Way] = []
    var (place, position) = (0, start)
    func holds(_ set: CharacterSetPattern, _ index: Int) -> Bool {
      set.contains(scalars.value(index), scalars.traits(index))
    }
    while place < instructions.count {
      var holdsOn = true
      switch instructions[place] {
      case .one(let set):
        holdsOn = position < end && holds(set, position)
        position += 1
      case .run(let set, let range):
        var reach = position
        let limit = range.upperBound < end - position ? position + range.upperBound : end
        while reach < limit, holds(set, reach) { reach += 1 }
        let least = position + range.lowerBound
        holdsOn = reach >= least
        if reach > least { ways.append(Way(program: place + 1, first: least, last: reach - 1)) }
        position = reach
      case .ahead(let set, let isWanted):
        holdsOn = (position < end && holds(set, position)) == isWanted
      case .lineEnd: holdsOn = position == end || scalars.value(position) == 0x0A
      case .fork(let first, let second):
        ways.append(Way(program: second, first: position, last: position))
        place = first - 1
      case .jump(let target): place = target - 1
      }
      place += 1
      if holdsOn { continue }
      guard let way = ways.last else { return nil }
      (place, position) = (way.program, way.last)
      if way.last > way.first {
        ways[ways.count - 1].last -= 1
      } else {
        ways.removeLast()
      }
    }
    return position
  }
}
