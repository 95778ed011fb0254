/// What random numbers are drawn for: every first coordinate below a seed, in one list, so that no two
/// purposes share a stream by mistake.
///
/// The numbers are part of every result and never change; a new purpose takes one that is not here.
/// Behind them stand the coordinates that the sentences name. The seed is a stage's unless a sentence says
/// otherwise. Where a seed serves nothing else, its coordinates stand alone: a new model's tensors (the
/// source's seed; tensor), the problems of a task (the source's seed; problem, attempt), and what
/// `generate` writes (`--seed`; completion). Seeds of stages and sources come from the recipe's, see
/// `Recipe.seed(ofStage:)`.
public enum Draw: UInt64, CaseIterable, Sendable {
  /// The intervals and random signs of a comparison of runs, by contestant and `Compared` (the
  /// comparison's seed).
  case comparison = 0xC0
  /// The rows that a fractional weight takes from a dataset in `filter`, by dataset and `Order`.
  case filterShare = 0x313
  /// Another seed, under which an evaluation's opponent writes its completions.
  case opponent = 0x0FF0
  /// What the A of low-rank adapters begins with, by adapter.
  case adapterWeights = 0x10AA
  /// Another seed, under which a model that is asked to judge writes its replies.
  case askedModel = 0x1D6E
  /// Whether an update of `distill` learns from the student's own completions, by update.
  case onPolicy = 0x6D8A
  /// The tokens of completions, by step, prompt and sample; the position is the token's.
  case completions = 0x5A3B
  /// What a score head begins with.
  case scoreWeights = 0x5C0E
  /// The order that `filter` brings rows into.
  case filterOrder = 0x5FF1
  /// The prompts that `rejection_sampling` takes where it does not take all.
  case chosenPrompts = 0x9A27
  /// The intervals of an evaluation, by `Evaluated` or by dataset.
  case evaluation = 0xB007
  /// Which rollouts of a batch an update uses, by first update and pass.
  case minibatches = 0xBA7C
  /// The pairs that `balance_lengths` leaves out, by dataset and difference of lengths.
  case lengthBalance = 0xBA1A
  /// The order in which a stage meets its rows, by `Order`.
  case dataOrder = 0xDA7A

  /// Below the order of rows.
  public enum Order: UInt64, CaseIterable, Sendable {
    /// Which of a dataset's rows each epoch takes for the fraction of its weight, by dataset.
    case shares = 0
    /// The rows of an epoch, by epoch.
    case epochs = 1
    /// The packs that an epoch's rows were put into, by epoch.
    case packs = 2
    /// The whole order anew once datasets have come or gone, by phase.
    case phases = 3
    /// The order of prompts that replace those without a signal, by phase.
    case spares = 4
  }

  /// Below a contestant of a comparison.
  public enum Compared: UInt64, CaseIterable, Sendable {
    /// The interval of its own figure.
    case score = 0
    /// The interval and the test of its difference from the baseline.
    case difference = 1
  }

  /// Below the intervals of an evaluation; that of pass@1 has no coordinate of its own.
  public enum Evaluated: UInt64, CaseIterable, Sendable {
    case winRate = 1
  }

  /// Below what a test of a difference is given; resamples of its interval are numbered from 0.
  public enum Tested: UInt64, CaseIterable, Sendable {
    /// The random signs, by resample.
    case signs = 0x1_0000_0000
  }

  /// Another seed, for a part of a stage that draws for purposes of its own.
  public func seed(below seed: UInt64) -> UInt64 { seed ^ rawValue }
}

extension RandomStream {
  /// The stream for a purpose, and at the coordinates `path` below it.
  public init(seed: UInt64, _ draw: Draw, _ path: UInt64...) {
    self = path.reduce(RandomStream(seed: seed, draw.rawValue)) { $0.at($1) }
  }

  /// The stream for a purpose below this one, at further coordinates.
  public func at<Purpose: RawRepresentable<UInt64>>(
    _ purpose: Purpose, _ path: UInt64...
  ) -> RandomStream {
    path.reduce(at(purpose.rawValue)) { $0.at($1) }
  }
}
