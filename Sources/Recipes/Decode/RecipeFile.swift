public import Foundation
public import Settings

/// A recipe as written: text with valid syntax, to be read with a catalog.
public struct RecipeFile: Sendable {
  /// As the person named it; mistakes are located with it.
  public let file: String
  public let text: String
  let source: SourceText
  let root: ConfigNode
  let paths: PathBase
  /// Repeated keys: mistakes that do not keep the rest from being read.
  private let repeatedKeys: [Mistake]

  /// - Parameters:
  ///   - file: the recipe's path, for messages and as what relative paths in it stand on.
  ///   - currentDirectory: what `file` and paths in flags stand on.
  /// - Throws: what is not YAML.
  public init(
    text: String, file: String,
    currentDirectory: String = FileManager.default.currentDirectoryPath
  ) throws(RecipeError) {
    // A byte order mark would shift the columns of the first line.
    self.text = text.hasPrefix("\u{FEFF}") ? String(text.unicodeScalars.dropFirst()) : text
    self.file = file
    source = SourceText(file: file, text: self.text)
    paths = PathBase(file: file, currentDirectory: currentDirectory)
    var report = Report()
    let tree = YAMLText.tree(self.text, report: &report)
    repeatedKeys = report.mistakes
    guard let tree else {
      if report.mistakes.isEmpty { report.error(.mark(line: 1, column: 1), "the file is empty") }
      throw RecipeError(report.mistakes.diagnostics(in: source))
    }
    root = tree
  }

  /// Reads the recipe from a file.
  ///
  /// - Throws: a file that cannot be read, and what is not YAML.
  public init(
    contentsOf file: String,
    currentDirectory: String = FileManager.default.currentDirectoryPath
  ) throws(RecipeError) {
    let path = PathBase(file: "x", currentDirectory: currentDirectory)
      .absolute(file, at: .mark(line: 1, column: 1))
    guard let data = FileManager.default.contents(atPath: path) else {
      let reason = FileManager.default.fileExists(atPath: path) ? "cannot be read" : "no such file"
      throw RecipeError([Diagnostic(at: .argument(file), reason)])
    }
    guard let text = String(data: data, encoding: .utf8) else {
      throw RecipeError([Diagnostic(at: .argument(file), "is not UTF-8 text")])
    }
    try self.init(text: text, file: file, currentDirectory: currentDirectory)
  }

  /// The names of the variants, in the order of the file.
  public var variants: [String] { variantEntries.map(\.name) }

  private var variantEntries: [ConfigNode.Entry] {
    root.entries?.first { $0.name == "variants" }?.value.entries ?? []
  }

  /// One variant of the recipe; the recipe as written without one.
  ///
  /// - Parameter overrides: values of `-S`, such as `stages.sft.learning_rate=1e-4`; they override
  ///   the variant.
  /// - Throws: every mistake in it; the other variants are not checked.
  public func recipe(
    variant: String? = nil, overrides: [String] = [], catalog: RecipeCatalog
  ) throws(RecipeError) -> Recipe {
    let attempt = read(variant: variant, overrides: overrides, catalog: catalog)
    guard let decoded = attempt.decoded, attempt.mistakes.isEmpty else {
      throw RecipeError(attempt.mistakes.diagnostics(in: source))
    }
    return decoded.recipe
  }

  /// The recipe as written, then each of its variants.
  ///
  /// - Throws: every mistake in any of them.
  public func check(
    overrides: [String] = [], catalog: RecipeCatalog
  ) throws(RecipeError) -> RecipeCheck {
    let base = read(variant: nil, overrides: overrides, catalog: catalog)
    var (attempts, mistakes) = ([base], base.mistakes + variantMistakes)
    for entry in variantEntries {
      let attempt = read(variant: entry.name, overrides: overrides, catalog: catalog)
      let (known, places) = (Set(base.mistakes), entry.places)
      mistakes += attempt.mistakes.filter { !known.contains($0) }.map { mistake in
        var mistake = mistake
        if !places.contains(mistake.place) { mistake.message += " (in variant '\(entry.name)')" }
        return mistake
      }
      attempts.append(attempt)
    }
    guard mistakes.isEmpty else { throw RecipeError(mistakes.diagnostics(in: source)) }
    let decoded = attempts.compactMap(\.decoded)
    let unused = decoded.dropFirst().reduce(decoded.first?.unused ?? []) {
      $0.intersection($1.unused)
    }
    return RecipeCheck(
      recipes: decoded.map(\.recipe), warnings: Array(unused).diagnostics(in: source))
  }

  /// A mistake that was found elsewhere (a missing file), located where the recipe or a flag gives
  /// the value at a dotted path, or what holds it.
  public func diagnostic(
    at path: String, variant: String? = nil, overrides: [String] = [], _ message: String
  ) -> Diagnostic {
    var report = Report()
    var node = patched(variant: variant, overrides: overrides, report: &report)
    var place = node.place
    for name in path.split(separator: ".") {
      if case .list(let elements) = node.content, let index = Int(name),
        elements.indices.contains(index)
      {
        node = elements[index]
        place = node.place
      } else if let entry = node.entries?.first(where: { $0.name == name }) {
        node = entry.value
        if case .map = node.content { place = entry.place } else { place = node.place }
      } else {
        break
      }
    }
    return Diagnostic(at: source.location(place), message)
  }
}

/// A recipe that has been read in all its variants.
public struct RecipeCheck: Sendable {
  /// The recipe as written, then its variants in the order of the file.
  public let recipes: [Recipe]
  public let warnings: [Diagnostic]
}

extension RecipeFile {
  private func read(
    variant: String?, overrides: [String], catalog: RecipeCatalog
  ) -> (decoded: DecodedRecipe?, mistakes: [Mistake]) {
    var report = Report()
    report.add(repeatedKeys)
    let tree = patched(variant: variant, overrides: overrides, report: &report)
    var decoder = RecipeDecoder(
      catalog: catalog, paths: paths, variant: variant, variants: variants)
    let decoded = decoder.recipe(tree)
    report.add(decoder.report.mistakes)
    return (decoded, report.mistakes)
  }

  /// The tree with a variant's patches and then the flags'.
  private func patched(
    variant: String?, overrides: [String], report: inout Report
  ) -> ConfigNode {
    var tree = root
    if let variant {
      if let entry = variantEntries.first(where: { $0.name == variant }) {
        for patch in entry.value.allEntries ?? [] {
          Patch(entry: patch, report: &report)?.apply(to: &tree, report: &report)
        }
      } else {
        let hint = suggestion(for: variant, among: variants)
        report.error(.argument("--variant \(variant)"), "unknown variant '\(variant)'\(hint)")
      }
    }
    for override in overrides {
      Patch(override: override, report: &report)?.apply(to: &tree, report: &report)
    }
    return tree
  }

  /// What is wrong with the shape of the `variants:` section.
  private var variantMistakes: [Mistake] {
    guard let section = root.entries?.first(where: { $0.name == "variants" }) else { return [] }
    var report = Report()
    let name = root.entries?.first { $0.name == "recipe" }?.value.content
    for entry in report.section(section) {
      report.check(name: entry.name, "variant", entry.place)
      if case .scalar(entry.name, _) = name {
        report.error(
          entry.place,
          "variant '\(entry.name)' has the name of the recipe, which stands for the recipe without "
            + "a variant")
      }
      if entry.value.entries == nil, !entry.value.isNull {
        report.error(
          entry.value.place,
          "variant '\(entry.name)' takes a map of dotted paths to values, not \(entry.value.words)")
      }
    }
    return report.mistakes
  }
}
