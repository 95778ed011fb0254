// What the filters of lists do.
extension JinjaRenderer {
  func length(_ value: JinjaValue) throws -> Int {
    switch value {
    case .string(let text), .markup(let text):
      try spend(bytes: text.utf8.count)
      return text.unicodeScalars.count
    case .array(let array): return array.items.count
    case .mapping(let mapping): return mapping.keys.count
    case .loop(let loop): return try loop.length()
    case .undefined: return 0
    default: throw JinjaError("the length of \(value.kind)")
    }
  }

  func joined(
    _ items: [JinjaValue], separator: String, _ text: (JinjaValue) throws -> String
  ) throws -> JinjaValue {
    var result = ""
    for (index, item) in items.enumerated() {
      if index > 0 { try append(separator, to: &result) }
      try append(text(item), to: &result)
    }
    return .string(result)
  }

  /// What `attribute` leads to in each item: names and numbers with points between them. None leads
  /// to the item. `otherwise` replaces what is not there on the way.
  func attributes(
    _ attribute: JinjaValue, of items: [JinjaValue], otherwise: JinjaValue = .none
  ) throws -> [JinjaValue] {
    let path: [JinjaValue]
    switch attribute {
    case .none: return items
    case .string(let text), .markup(let text):
      path = JinjaStrings.split(text, ".").map { part in
        let isNumber = !part.isEmpty && part.utf8.allSatisfy { (0x30...0x39).contains($0) }
        return isNumber ? Int(part).map { .integer($0) } ?? .string(part) : .string(part)
      }
    default: path = [attribute]
    }
    return try items.map { item in
      try spend(path.count)
      return try path.reduce(item) {
        let found = try element($1, of: $0)
        if case .undefined = found, !otherwise.isNone { return otherwise }
        return found
      }
    }
  }

  /// What items are compared by: strings without regard to case unless `isCaseSensitive`.
  func keys(
    _ attribute: JinjaValue?, isCaseSensitive: Bool, _ items: [JinjaValue]
  ) throws -> [JinjaValue] {
    let keys = try attributes(attribute ?? .none, of: items)
    guard !isCaseSensitive else { return keys }
    return try keys.map { key in
      guard let text = key.string else { return key }
      try spend(bytes: text.utf8.count)
      return .string(JinjaStrings.lower(text))
    }
  }

  /// The keys of `sort`, whose attribute may be several with commas between them.
  func sortKeys(
    _ attribute: JinjaValue?, isCaseSensitive: Bool, _ items: [JinjaValue]
  ) throws -> [[JinjaValue]] {
    guard let text = attribute?.string else {
      return try keys(attribute, isCaseSensitive: isCaseSensitive, items).map { [$0] }
    }
    let columns = try JinjaStrings.split(text, ",").map {
      try keys(.string($0), isCaseSensitive: isCaseSensitive, items)
    }
    return items.indices.map { index in columns.map { $0[index] } }
  }

  /// The items in the order of their keys; equal ones stay in order.
  func sorted<Item>(_ items: [([JinjaValue], Item)], isReversed: Bool) throws -> [Item] {
    try items.sorted { first, second in
      try spend(1)
      let (a, b) = isReversed ? (second.0, first.0) : (first.0, second.0)
      for (a, b) in zip(a, b) where try !equal(a, b) { return try precedes(a, b) }
      return false
    }.map(\.1)
  }

  /// `inputs` are `case_sensitive`, `by` and `reverse`.
  func dictsorted(_ value: JinjaValue, _ inputs: [JinjaValue?]) throws -> JinjaValue {
    guard case .mapping(let mapping) = value else {
      throw JinjaError("'dictsort' of \(value.kind)")
    }
    let column = try text(inputs[1] ?? .string("key"))
    guard ["key", "value"].contains(column) else {
      throw JinjaError("'dictsort' by '\(column)' instead of 'key' or 'value'")
    }
    let keys = try keys(
      nil, isCaseSensitive: inputs[0]?.isTrue == true,
      column == "key" ? mapping.keys : mapping.values)
    return try array(
      sorted(
        zip(keys, mapping.members).map { ([$0.0], $0.1) }, isReversed: inputs[2]?.isTrue == true))
  }

  /// The first item whose key is `better` than all before it; `inputs` are `case_sensitive` and
  /// `attribute`.
  func extreme(
    _ value: JinjaValue, _ inputs: [JinjaValue?],
    better: (JinjaValue, JinjaValue) throws -> Bool
  ) throws -> JinjaValue {
    let items = try items(value)
    let keys = try keys(inputs[1], isCaseSensitive: inputs[0]?.isTrue == true, items)
    guard var best = items.indices.first else { return .undefined(.element) }
    for index in items.indices.dropFirst() where try better(keys[index], keys[best]) {
      best = index
    }
    return items[best]
  }

  /// `inputs` are `linecount` and `fill_with`.
  func batches(_ value: JinjaValue, _ inputs: [JinjaValue?]) throws -> JinjaValue {
    let items = try items(value)
    let count = try whole(inputs[0] ?? .none, or: 0)
    guard count > 0 else { throw JinjaError("'batch' needs a positive number") }
    var batches: [JinjaValue] = []
    var start = 0
    while start < items.count {
      let end = count < items.count - start ? start + count : items.count
      var batch = Array(items[start..<end])
      if let fill = inputs[1], !fill.isNone {
        try allow(items: count)
        batch += Array(repeating: fill, count: count - batch.count)
      }
      batches.append(try array(batch))
      start = end
    }
    return try generator(batches)
  }

  /// `inputs` are `slices` and `fill_with`.
  func slices(_ value: JinjaValue, _ inputs: [JinjaValue?]) throws -> JinjaValue {
    let items = try items(value)
    let count = try whole(inputs[0] ?? .none, or: 0)
    guard count > 0 else { throw JinjaError("'slice' needs a positive number") }
    try allow(items: count)
    let (size, longer) = items.count.quotientAndRemainder(dividingBy: count)
    var start = 0
    let slices = try (0..<count).map { index in
      let end = start + size + (index < longer ? 1 : 0)
      var slice = Array(items[start..<end])
      start = end
      if let fill = inputs[1], !fill.isNone, index >= longer { slice.append(fill) }
      return try array(slice)
    }
    return try generator(slices)
  }

  /// `map`: an attribute, or a filter with its arguments.
  func mapped(_ value: JinjaValue, _ inputs: JinjaInputs) throws -> JinjaValue {
    guard value.isTrue else { return try generator([]) }
    guard inputs.positional.isEmpty, inputs.named.contains(where: { $0.name == "attribute" })
    else {
      let filter = try filter(inputs.positional.first)
      let rest = inputs.dropFirst(1)
      return try generator(
        items(value).map { item in
          try spend(1)
          return try filter.apply(self, item, rest)
        })
    }
    let bound = try inputs.bound("'map'", ["attribute", "default"])
    return try generator(
      attributes(bound[0] ?? .none, of: items(value), otherwise: bound[1] ?? .none))
  }

  private func filter(_ name: JinjaValue?) throws -> JinjaFilter {
    guard let name = name?.string else { throw JinjaError("'map' needs a filter or an attribute") }
    guard let filter = JinjaFilter.named(name) else {
      throw JinjaError("the filter '\(name)' is not supported")
    }
    return filter
  }

  /// The items for which a test of them, or of what `attribute` leads to, is `keeps`.
  func selected(
    _ value: JinjaValue, _ inputs: JinjaInputs, attribute: JinjaValue?, keeps: Bool, _ what: String
  ) throws -> JinjaValue {
    guard value.isTrue else { return try generator([]) }
    if let attribute, attribute.isNone { throw JinjaError("'\(what)' needs an attribute") }
    let items = try items(value)
    let examined = try attributes(attribute ?? .none, of: items)
    let test = try test(inputs.positional.first)
    let rest = inputs.dropFirst(1)
    return try generator(
      zip(items, examined).filter { _, examined in
        try spend(1)
        return try (test?.apply(self, examined, rest) ?? examined.isTrue) == keeps
      }.map(\.0))
  }

  private func test(_ name: JinjaValue?) throws -> JinjaTest? {
    guard let name else { return nil }
    guard let test = JinjaTest.named(name.string ?? "") else {
      throw JinjaError("the test '\(try text(name))' is not supported")
    }
    return test
  }
}

extension JinjaValue {
  fileprivate var isNone: Bool { if case .none = self { true } else { false } }
}
