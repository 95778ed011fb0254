public import Host
import JSON
import Synchronization
import Tasks

/// What the worked solutions of a file give as answers, as far as it decides how rows are read.
public struct SolutionFacts: Sendable, Equatable {
  /// Whether a row without an answer has a solution without a box.
  public private(set) var hasUnboxed = false
  /// Whether a row without an answer has a solution that states none.
  public private(set) var hasProse = false

  /// By path, size, time of the last change and keys.
  private static let known = Mutex<[String: SolutionFacts]>([:])

  /// The facts of a file as it is now; it is read once per content. A file that cannot be read has
  /// none.
  ///
  /// - Parameters:
  ///   - solution: the key of the solutions.
  ///   - answer: the key of answers next to them.
  public static func of(
    path: String, solution: String, answer: String, in files: any FileAccess
  ) -> SolutionFacts {
    let state = files.status(path)
    let parts = [path, solution, answer, "\(state?.size ?? 0)", "\(state?.modified ?? 0)"]
    let place = parts.joined(separator: "\u{0}")
    if let facts = known.withLock({ $0[place] }) { return facts }
    let facts =
      (try? SolutionFacts(JSONLines(path, in: files), solution: solution, answer: answer))
      ?? .init()
    known.withLock { $0[place] = facts }
    return facts
  }

  private init() {}

  private init(_ lines: JSONLines, solution: String, answer: String) throws {
    let mark = Array("\"\(answer)\"".utf8)
    let nulls = [": null", ":null"].map { mark + Array($0.utf8) }
    let isWanted: (UnsafeBufferPointer<UInt8>) -> Bool = { line in
      !line.holds(mark) || nulls.contains { line.holds($0) }
    }
    try lines.read(where: isWanted) { _, value in
      guard case .success(.object(let object)) = value,
        case .string(let text)? = Record(object)[solution]
      else { return }
      hasUnboxed = hasUnboxed || FinalAnswer.boxed(in: text) == nil
      hasProse = hasProse || !FinalAnswer(text).isStated
      if hasUnboxed, hasProse { throw JSONLines.Enough() }
    }
  }
}

extension DatasetOptions {
  /// Whether gold answers of rows are now taken from solutions differently: from solutions that
  /// state an answer without a box next to others with boxes, and not from prose.
  public func statesAnswers(in files: any FileAccess) -> Bool {
    guard let file else { return false }
    func facts(answer: String) -> SolutionFacts {
      SolutionFacts.of(
        path: file, solution: fields["solution"] ?? "solution", answer: fields["answer"] ?? answer,
        in: files)
    }
    switch format {
    case .math: return facts(answer: "answer").hasUnboxed
    case .promptCompletion:
      return finalAnswer == "solution" && facts(answer: "answer").hasProse
    default: return false
    }
  }
}
