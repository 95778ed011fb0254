import ArgumentParser
import Neural

/// What a model is computed in.
enum PrecisionChoice: String, ExpressibleByArgument, CaseIterable {
  case f32, bf16, auto

  /// What `auto` stands for here, in words that a report can carry.
  func resolved() throws -> String {
    guard self != .bf16 else {
      throw CommandError(.usage, "--precision bf16: this build computes in f32 only")
    }
    return "f32"
  }
}

/// Options of the commands that work on one model.
struct ModelOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A GGUF file, a Hugging Face folder, or RUN/STAGE.", valueName: "m"))
  var model: String

  @Option(help: "What to compute in: f32, bf16 or auto.")
  var precision = PrecisionChoice.f32
}
