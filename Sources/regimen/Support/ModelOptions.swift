import ArgumentParser
import Recipes

/// Options of commands that use one model.
struct ModelOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A GGUF file, a Hugging Face folder, or RUN/STAGE.", valueName: "m"))
  var model: String

  @Option(
    help: ArgumentHelp(
      "A folder that PEFT saved, whose adapters are merged into the model.", valueName: "dir"))
  var adapter: String?

  @Option(help: "The precision to compute in: f32, bf16 or auto.")
  var precision = PrecisionChoice.f32
}
