/// The name among `candidates` that `word` was probably meant to be; among equals the first.
///
/// A third of the letters, at most four, may be wrong, missing, too many or swapped with a neighbour.
public func nearestName(to word: String, among candidates: some Sequence<String>) -> String? {
  let limit = max(1, min(word.count, 12) / 3)
  // Any other letter is as near to a single one.
  guard (2...64).contains(word.count) else { return nil }
  var best: (name: String, distance: Int)?
  for name in candidates where name != word && abs(name.count - word.count) <= limit {
    let distance = editDistance(word.lowercased(), name.lowercased())
    if distance <= min(limit, (best?.distance ?? .max) - 1) { best = (name, distance) }
  }
  return best?.name
}

/// `; did you mean 'x'?`, or nothing when no candidate is near.
package func suggestion(for word: String, among candidates: some Sequence<String>) -> String {
  nearestName(to: word, among: candidates).map { "; did you mean '\($0)'?" } ?? ""
}

/// Insertions, deletions, substitutions and swaps of neighbours that lead from one word to another
/// (optimal string alignment).
package func editDistance(_ first: String, _ second: String) -> Int {
  let (a, b) = (Array(first), Array(second))
  var older = [Int]()
  var previous = Array(0...b.count)
  for i in 0..<a.count {
    var row = [i + 1]
    for j in 0..<b.count {
      var cost = min(previous[j + 1], row[j]) + 1
      cost = min(cost, previous[j] + (a[i] == b[j] ? 0 : 1))
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, older[j - 1] + 1) }
      row.append(cost)
    }
    (older, previous) = (previous, row)
  }
  return previous[b.count]
}
