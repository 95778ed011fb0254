import Yams

/// YAML text as a tree of `ConfigNode`s, with aliases and merge keys resolved.
enum YAMLText {
  /// A recipe is written by hand; what exceeds these is a mistake or an attack (aliases can double a
  /// document with every line).
  static let maxDepth = 64
  static let maxNodes = 100_000

  /// The tree, or nil for an empty document; syntax mistakes and repeated keys go to the report.
  ///
  /// - Parameter argument: the flag that the text comes from; the file otherwise.
  static func tree(_ text: String, argument: String? = nil, report: inout Report) -> ConfigNode? {
    var reader = Reader(argument: argument)
    defer { report.add(reader.report.mistakes) }
    guard let root = reader.compose(text) else { return nil }
    return reader.convert(root, depth: 0)
  }
}

private let strTag = "tag:yaml.org,2002:str"

private struct Reader {
  let argument: String?
  var report = Report()
  /// Keys that are repeated later in their map: the replacement for the first letter of the first
  /// one.
  var marked: [Unicode.Scalar: Unicode.Scalar] = [:]
  var nodes = 0
  var tooLarge = false

  init(argument: String?) { self.argument = argument }

  func place(_ mark: Mark?) -> Place {
    argument.map(Place.argument) ?? .mark(line: mark?.line ?? 1, column: mark?.column ?? 1)
  }

  /// Yams refuses a map with a repeated key and says where the first one stands. Setting that one
  /// apart with a letter of private use lets it go on, so that the recipe's other mistakes are found
  /// as well; `convert` reports the pair.
  mutating func compose(_ text: String) -> Node? {
    var scalars = Array(text.unicodeScalars)
    let privateUse = UInt32(0xE000)...0xE0FF
    for code in privateUse {
      do {
        let source = String(String.UnicodeScalarView(scalars))
        return try Parser(yaml: source, resolver: .basic, encoding: .utf8).singleRoot()
      } catch YamlError.duplicatedKeysInMapping(let names, let context) {
        let name = names.first ?? ""
        guard let index = position(of: name, at: context.mark, in: scalars),
          let stand = Unicode.Scalar(code), !scalars.contains(stand)
        else {
          report.error(place(context.mark), "key '\(shortened(name))' is given more than once")
          return nil
        }
        marked[stand] = scalars[index]
        scalars[index] = stand
      } catch {
        reportSyntax(error, in: text)
        return nil
      }
    }
    report.error(place(nil), "more than \(privateUse.count) keys are given more than once")
    return nil
  }

  private func position(of name: String, at mark: Mark, in scalars: [Unicode.Scalar]) -> Int? {
    var line = 1
    var start = 0
    while line < mark.line {
      guard let end = scalars[start...].firstIndex(of: "\n") else { return nil }
      (line, start) = (line + 1, end + 1)
    }
    let key = Array(name.unicodeScalars)
    var index = start + mark.column - 1
    if index < scalars.count, scalars[index] == "\"" || scalars[index] == "'" { index += 1 }
    guard !key.isEmpty, index + key.count <= scalars.count,
      Array(scalars[index..<index + key.count]) == key
    else { return nil }
    return index
  }

  private mutating func reportSyntax(_ error: any Error, in text: String) {
    switch error as? YamlError {
    case .scanner(let context, let problem, let mark, _),
      .parser(let context, let problem, let mark, _),
      .composer(let context, let problem, let mark, _):
      // A mark beyond the last line is the end of the text; the place of the unclosed part says
      // more.
      let lines = text.utf8.count { $0 == UInt8(ascii: "\n") } + 1
      let about = context.map { ", \($0.text)" } ?? ""
      guard let opened = context?.mark, opened.line < mark.line, argument == nil else {
        report.error(place(mark), "not valid YAML: \(problem)\(about)")
        return
      }
      let since = mark.line > lines ? "" : " from line \(opened.line)"
      report.error(
        place(mark.line > lines ? opened : mark), "not valid YAML: \(problem)\(about)\(since)")
    case .reader(let problem, let offset, _, _):
      let before = text.prefix(offset ?? 0)
      let line = before.split(omittingEmptySubsequences: false) { $0.isNewline }
      let mark = Place.mark(
        line: line.count, column: (line.last?.unicodeScalars.count ?? 0) + 1)
      report.error(argument.map(Place.argument) ?? mark, "not valid YAML: \(problem)")
    default:
      report.error(place(nil), "not valid YAML: \(error)")
    }
  }

  mutating func convert(_ node: Node, depth: Int) -> ConfigNode {
    let place = place(node.mark)
    nodes += 1
    if tooLarge || nodes > YAMLText.maxNodes || depth > YAMLText.maxDepth {
      if !tooLarge { report.error(place, "the recipe is nested too deeply or too large from here") }
      tooLarge = true
      return ConfigNode(place: place, content: .removed)
    }
    switch node {
    case .scalar(let scalar):
      check(scalar.tag, at: place)
      let plain = scalar.style == .plain && scalar.tag.description != strTag
      return ConfigNode(place: place, content: .scalar(original(scalar.string).text, plain: plain))
    case .sequence(let elements):
      check(elements.tag, at: place)
      return ConfigNode(
        place: place, content: .list(elements.map { convert($0, depth: depth + 1) }))
    case .mapping(let pairs):
      check(pairs.tag, at: place)
      return ConfigNode(place: place, content: .map(entries(pairs, depth: depth + 1)))
    case .alias:
      preconditionFailure("Yams resolves aliases while it parses")
    }
  }

  private mutating func check(_ tag: Tag, at place: Place) {
    switch tag.description {
    case "", "!", strTag, "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq": break
    default: report.error(place, "a recipe cannot use the tag '\(tag)'")
    }
  }

  private mutating func entries(_ pairs: Node.Mapping, depth: Int) -> [ConfigNode.Entry] {
    var entries = [ConfigNode.Entry]()
    var merged = [ConfigNode.Entry]()
    var repeated: [String: Place] = [:]
    for (key, value) in pairs {
      guard case .scalar(let scalar) = key else {
        report.error(place(key.mark), "a key must be a plain word")
        continue
      }
      let name = original(scalar.string)
      let entry = ConfigNode.Entry(
        name: name.text, place: place(key.mark), value: convert(value, depth: depth))
      if let first = repeated[name.text] {
        let line =
          if case .mark(let line, _) = first { "; line \(line) has it already" } else { "" }
        report.error(entry.place, "key '\(shortened(name.text))' is given more than once\(line)")
      } else if name.text == "<<", scalar.style == .plain {
        merged += mergeEntries(entry)
      } else {
        entries.append(entry)
      }
      if name.isMarked, repeated[name.text] == nil { repeated[name.text] = entry.place }
    }
    for entry in merged where !entries.contains(where: { $0.name == entry.name }) {
      entries.append(entry)
    }
    return entries
  }

  /// What `<<: *anchor` or `<<: [*a, *b]` brings in; the map's own keys and earlier maps win.
  private mutating func mergeEntries(_ entry: ConfigNode.Entry) -> [ConfigNode.Entry] {
    let nodes = if case .list(let nodes) = entry.value.content { nodes } else { [entry.value] }
    return nodes.flatMap { node in
      guard let entries = node.entries else {
        report.error(node.place, "'<<' takes a map, such as *anchor, not \(node.words)")
        return [ConfigNode.Entry]()
      }
      return entries
    }
  }

  /// A key as written, and whether it is repeated in its map.
  private func original(_ text: String) -> (text: String, isMarked: Bool) {
    guard let first = text.unicodeScalars.first, let letter = marked[first] else {
      return (text, false)
    }
    return (String(letter) + text.unicodeScalars.dropFirst().map(String.init).joined(), true)
  }
}
