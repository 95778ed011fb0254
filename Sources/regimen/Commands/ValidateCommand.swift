import ArgumentParser
import Insight
import JSON
import Recipes
import Stages
import Workflow

struct ValidateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "validate",
    abstract: "Checks a recipe and its variants; reports all mistakes at once, with places.",
    discussion: "Reads only the recipe; `plan` looks for the files that it names.")

  @Argument(help: "A recipe file.") var recipe: String
  @Option(
    name: [.customShort("S"), .customLong("set")], parsing: .unconditionalSingleValue,
    help: ArgumentHelp("Set a value: -S stages.sft.learning_rate=1e-4.", valueName: "a.b=v"))
  var overrides: [String] = []
  @Flag(help: "Print one JSON document: the mistakes, with file, line and column.")
  var json = false
  @OptionGroup var global: GlobalOptions

  func run() throws {
    do {
      tell(
        try RecipeFile(contentsOf: recipe)
          .check(overrides: overrides, catalog: builtInStages.recipes))
    } catch {
      guard json else { throw error }
      Output.json(document(error.diagnostics, isValid: false))
      throw ExitStatus.badInput.exitCode
    }
  }

  private func tell(_ check: RecipeCheck) {
    if json { return Output.json(document(check.warnings, isValid: true)) }
    for warning in check.warnings { global.console.note("\(warning)") }
    guard let base = check.recipes.first else { return }
    let variants = check.recipes.count - 1
    let stages = "\(base.stages.count) stage\(base.stages.count == 1 ? "" : "s")"
    let more = variants == 0 ? "" : ", \(variants) variant\(variants == 1 ? "" : "s")"
    global.console.note("\(recipe): \(base.name) is valid: \(stages)\(more)")
  }

  private func document(_ diagnostics: [Diagnostic], isValid: Bool) -> JSONValue {
    .object([
      ("recipe", .string(recipe)), ("valid", .bool(isValid)),
      ("diagnostics", .array(diagnostics.map(Self.line))),
    ])
  }

  /// A mistake in a flag has no line.
  private static func line(_ diagnostic: Diagnostic) -> JSONValue {
    var place: (file: String?, line: Int?, column: Int?, argument: String?)
    switch diagnostic.location {
    case .file(let file, let line, let column, _): place = (file, line, column, nil)
    case .argument(let text): place = (nil, nil, nil, text)
    }
    return .object([
      ("severity", .string(diagnostic.severity.rawValue)), ("file", .optional(place.file)),
      ("line", .optional(place.line)), ("column", .optional(place.column)),
      ("argument", .optional(place.argument)), ("message", .string(diagnostic.message)),
    ])
  }
}
