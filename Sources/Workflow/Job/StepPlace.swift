import Trace

/// Follows where a stage is inside a step: what it does, and how much of that is done.
struct StepPlace: Equatable {
  struct Part: Equatable {
    let phase: String
    var done: Int
    var of: Int
  }

  /// In the order in which they were begun.
  private var parts: [Part] = []
  private var latest: String?

  mutating func note(_ phase: String, done: Int, of total: Int) {
    latest = phase
    let part = Part(phase: phase, done: done, of: total)
    if let place = parts.firstIndex(where: { $0.phase == phase }) {
      parts[place] = part
    } else {
      parts.append(part)
    }
  }

  /// What it does now.
  var current: Part? { parts.first { $0.phase == latest } }

  /// What people are told of it.
  var told: StageEvent.Place {
    .init(phase: current?.phase, done: current?.done, of: current?.of, words: words)
  }

  /// "sampled 40/64, scored 32/64": what it does now, and what else it has begun and not ended.
  var words: String? {
    let open = parts.filter { $0.phase == latest || $0.done < $0.of }
    return open.isEmpty
      ? nil : open.map { "\($0.phase) \($0.done)/\($0.of)" }.joined(separator: ", ")
  }
}
