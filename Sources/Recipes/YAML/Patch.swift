import Settings

/// A value to be set at a dotted path of a recipe, by a flag or by a variant.
struct Patch: Sendable {
  /// `["stages", "zero", "beta"]`
  let path: [String]
  let value: ConfigNode
  /// Where the path is written.
  let place: Place

  /// `-S a.b=v`; nil after a mistake, which the report holds. The value is YAML: `0.1`, `[a, b]`.
  init?(override text: String, report: inout Report) {
    let argument = "-S \(text)"
    place = .argument(argument)
    guard let equals = text.firstIndex(of: "="), equals > text.startIndex else {
      report.error(place, "expected PATH=VALUE, such as stages.sft.learning_rate=1e-4")
      return nil
    }
    path = Self.split(String(text[..<equals]))
    let errors = report.mistakes.count
    let source = String(text[text.index(after: equals)...])
    let node = YAMLText.tree(source, argument: argument, report: &report)
    guard report.mistakes.count == errors else { return nil }
    value = Self.removal(node ?? ConfigNode(place: place, content: .removed))
    guard path.first != "variants" else {
      report.error(place, "a flag cannot change the variants")
      return nil
    }
  }

  /// An entry of a variant: `stages.zero.beta: 0`; nil after a mistake, which the report holds.
  init?(entry: ConfigNode.Entry, report: inout Report) {
    (path, place) = (Self.split(entry.name), entry.place)
    value = Self.removal(entry.value)
    if ["recipe", "description", "variants", "compare"].contains(path.first) {
      report.error(place, "a variant cannot change '\(path.first ?? "")'")
      return nil
    }
  }

  private static func split(_ path: String) -> [String] {
    path.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
  }

  private static func removal(_ node: ConfigNode) -> ConfigNode {
    node.isNull ? ConfigNode(place: node.place, content: .removed) : node
  }

  /// Sets the value; a path that leads nowhere goes to the report.
  func apply(to root: inout ConfigNode, report: inout Report) {
    if let message = set(path[...], in: &root) { report.error(place, message) }
  }

  /// Returns what is wrong with the path.
  private func set(_ rest: ArraySlice<String>, in node: inout ConfigNode) -> String? {
    if rest.count > YAMLText.maxDepth { return "the path is too long" }
    guard let name = rest.first else {
      node = value
      return nil
    }
    if node.isNull { node = ConfigNode(place: place, content: .map([])) }
    switch node.content {
    case .map(var entries):
      node.content = .removed
      defer { node.content = .map(entries) }
      return set(rest, name, in: &entries)
    case .list(var elements):
      guard let index = Int(name), elements.indices.contains(index) else {
        return "'\(parent(of: rest))' is a list of \(elements.count); it has no element '\(name)'"
      }
      let message = set(rest.dropFirst(), in: &elements[index])
      node.content = .list(elements)
      return message
    case .scalar, .removed:
      return "'\(parent(of: rest))' is not a map"
    }
  }

  private func set(
    _ rest: ArraySlice<String>, _ name: String, in entries: inout [ConfigNode.Entry]
  ) -> String? {
    if let index = entries.firstIndex(where: { $0.name == name }) {
      if rest.count == 1 { entries[index].place = place }
      return set(rest.dropFirst(), in: &entries[index].value)
    }
    if let message = mistake(in: name, rest: rest, among: entries) { return message }
    var value = ConfigNode(place: place, content: .map([]))
    let message = set(rest.dropFirst(), in: &value)
    entries.append(ConfigNode.Entry(name: name, place: place, value: value))
    return message
  }

  /// What is wrong with a name that does not exist yet. A new key in a stage or source is judged
  /// later, with the fields that it may have; a new stage or source must come as a whole.
  private func mistake(
    in name: String, rest: ArraySlice<String>, among entries: [ConfigNode.Entry]
  ) -> String? {
    if name.isEmpty { return "the path has an empty part" }
    let depth = path.count - rest.count
    if depth == 0 {
      guard !RecipeKey.all.contains(name) else { return nil }
      return "unknown key '\(name)'\(suggestion(for: name, among: RecipeKey.all))"
    }
    guard depth == 1, let section = RecipeKey.sections[path[0]] else { return nil }
    guard rest.count > 1 || value.content == .removed else { return nil }
    return "no \(section) '\(name)'\(suggestion(for: name, among: entries.map(\.name)))"
  }

  private func parent(of rest: ArraySlice<String>) -> String {
    path.prefix(path.count - rest.count).joined(separator: ".")
  }
}

/// The keys at the top of a recipe.
enum RecipeKey {
  static let all = [
    "recipe", "description", "seed", "precision", "log_to", "models", "datasets", "stages",
    "variants", "compare", "assume",
  ]
  /// Sections of named entries, with what an entry is called.
  static let sections = ["models": "model", "datasets": "dataset", "stages": "stage"]
}
