/// The share of n-grams that came before in a sequence, of tokens or of words: 0 where none repeats or
/// the sequence is shorter than `size`, near 1 for a loop.
public func repeatedShare<Element: Hashable>(_ elements: [Element], size: Int) -> Double {
  precondition(size > 0, "n-grams of \(size) elements")
  guard elements.count >= size else { return 0 }
  let count = elements.count - size + 1
  var seen = Set<ArraySlice<Element>>(minimumCapacity: count)
  for start in 0..<count { seen.insert(elements[start..<start + size]) }
  return 1 - Double(seen.count) / Double(count)
}
