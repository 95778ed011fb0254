import JSON
import Settings

extension Recipe {
  /// The recipe with every default spelt out, as a recipe file that loads to the same recipe; a
  /// variant is applied and no longer named.
  public var yaml: String {
    var lines = ["recipe: \(YAMLWriter.text(name))"]
    if let description { lines.append("description: \(JSONEscapes.canonical.quoted(description))") }
    lines += ["seed: \(seed)", "precision: \(precision.rawValue)"]
    if let logTo { lines.append("log_to: \(logTo.rawValue)") }
    for (title, sources) in [("models", models), ("datasets", datasets)] where !sources.isEmpty {
      lines += ["", "\(title):"]
      for source in sources.values.sorted(by: { $0.name < $1.name }) {
        lines += YAMLWriter.block(source.name, YAMLWriter.members(source.values))
      }
    }
    lines += ["", "stages:"]
    for stage in stages {
      let ports = stage.inputs.sorted { $0.key < $1.key }
      let inputs = ports.map { "\($0.key): \(YAMLWriter.references($0.value))" }
      lines += YAMLWriter.block(
        stage.name, ["kind: \(stage.kind)"] + inputs + YAMLWriter.members(stage.values))
    }
    if let comparison {
      lines += ["", "compare:", "  metric: \(YAMLWriter.text(comparison.metric))"]
      if let baseline = comparison.baseline { lines.append("  baseline: \(baseline)") }
      lines.append("  seeds: \(YAMLWriter.text(comparison.seeds.configValue))")
    }
    if case .map(let sections) = assumptions.configValue, !sections.isEmpty {
      lines += ["", "assume:"] + YAMLWriter.members(sections).map { "  " + $0 }
    }
    return lines.joined(separator: "\n") + "\n"
  }
}

enum YAMLWriter {
  static func block(_ name: String, _ members: [String]) -> [String] {
    members.isEmpty
      ? ["  \(name): {}"] : ["  \(name):"] + members.map { "    " + $0 }
  }

  static func members(_ values: [String: ConfigValue]) -> [String] {
    values.sorted { $0.key < $1.key }.map { "\(text($0.key)): \(text($0.value))" }
  }

  static func references(_ references: [InputReference]) -> String {
    let words = references.map { reference in
      let name =
        switch reference.origin {
        case .source(let name): "$\(name)"
        case .stage(let name, let output): "$\(name).\(output)"
        }
      var members = reference.window.values
      if reference.weight != 1 { members["weight"] = .double(reference.weight) }
      let more = self.members(members).joined(separator: ", ")
      return members.isEmpty ? name : "{ from: \(name), \(more) }"
    }
    return words.count == 1 ? words[0] : "[\(words.joined(separator: ", "))]"
  }

  /// A value in flow style, on one line.
  static func text(_ value: ConfigValue) -> String {
    switch value {
    case .string(let value): text(value)
    case .list(let values): "[\(values.map(text).joined(separator: ", "))]"
    case .map(let values) where values.isEmpty: "{}"
    case .map(let values): "{ \(members(values).joined(separator: ", ")) }"
    case .null, .bool, .int, .double: value.canonicalJSON
    }
  }

  /// Words stay as they are; all else is quoted.
  static func text(_ value: String) -> String {
    let isWord =
      !value.isEmpty
      && value.unicodeScalars.allSatisfy {
        $0.isASCII && ($0.properties.isAlphabetic || "0123456789_-./@".unicodeScalars.contains($0))
      }
    let starts = value.unicodeScalars.first.map { $0.properties.isAlphabetic || $0 == "/" } ?? false
    // What older readers take for booleans is quoted as well.
    let doubtful = ["yes", "no", "on", "off", "y", "n", "inf", "nan"].contains(value.lowercased())
    return isWord && starts && !doubtful && ScalarForm(value) == .string
      ? value : JSONEscapes.yaml.quoted(value)
  }
}
