import Digests

extension Recipe {
  /// The seed of a stage: of the recipe's seed and the stage's name only, so that variants draw the
  /// same random numbers.
  public func seed(ofStage name: String) -> UInt64 { Self.seed("stage", seed, name) }

  /// The seed for what a model or dataset makes at random: weights, generated rows. Every stage that
  /// uses it gets the same.
  public func seed(ofSource name: String) -> UInt64 { Self.seed("source", seed, name) }

  /// The same recipe with another seed.
  public func with(seed: Int) -> Recipe {
    Recipe(
      name: name, variant: variant, description: description, seed: seed, models: models,
      datasets: datasets, stages: stages, comparison: comparison)
  }

  /// The first eight bytes of the SHA-256 of `stage:17:zero`, most significant first.
  private static func seed(_ what: String, _ seed: Int, _ name: String) -> UInt64 {
    SHA256.hash(Array("\(what):\(seed):\(name)".utf8)).prefix(8)
      .reduce(0) { $0 << 8 | UInt64($1) }
  }
}
