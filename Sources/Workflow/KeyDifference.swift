/// What changed between two stage keys, in words.
struct KeyDifference {
  let old: [String: String]
  let new: [String: String]

  /// Names of the components that differ, in order.
  var names: [String] {
    Set(old.keys).union(new.keys).filter { old[$0] != new[$0] }.sorted()
  }

  /// "learning_rate changed 0.0003 → 0.0001"; at most three changes, then a count.
  var text: String {
    let shown = names.prefix(3).map(describe)
    let more = names.count - shown.count
    return shown.joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
  }

  private func describe(_ name: String) -> String {
    switch (old[name], new[name]) {
    case (let old?, let new?): "\(name) changed \(Self.short(old)) → \(Self.short(new))"
    case (nil, let new?): "\(name) is new: \(Self.short(new))"
    case (let old?, nil): "\(name) is gone, was \(Self.short(old))"
    case (nil, nil): name
    }
  }

  private static func short(_ text: String) -> String {
    text.count <= 24 ? text : "\(text.prefix(21))..."
  }
}
