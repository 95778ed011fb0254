import Workflow

/// What a judge that takes its time needs of its stage.
struct JudgingContext {
  /// Whether to give up waiting, since a stop was asked for.
  let mustStop: () -> Bool
  /// A note for the log.
  let log: (String) -> Void
  /// To be told how many of the completions that a judge was given it has answered for.
  var answered: (Int) -> Void = { _ in }

  static var none: JudgingContext { JudgingContext(mustStop: { false }, log: { _ in }) }

  /// A stop counts at once where it loses nothing; where steps are not saved yet, an answer that comes
  /// soon is waited for, so that the step can be finished and saved.
  ///
  /// People who watch are told what was judged, also while nothing comes: `phase`, `done` and what was
  /// answered of `total`.
  static func of(
    _ context: any StageContext, _ phase: String = "scored", done: Int = 0, of total: Int
  ) -> JudgingContext {
    var noticed: ContinuousClock.Instant?
    var now = done
    context.progress(phase, done: now, of: total)
    return JudgingContext(
      mustStop: {
        context.progress(phase, done: now, of: total)
        if context.shouldStop { return true }
        guard context.stopRequested else { return false }
        let time = ContinuousClock.now
        let since = noticed ?? time
        noticed = since
        return since.duration(to: time) >= longestWait
      }, log: context.log,
      answered: { count in
        now = done + count
        context.progress(phase, done: now, of: total)
      })
  }

  /// How long programs may still take in all, once a stop was asked for.
  private static let longestWait = Duration.milliseconds(1200)
}
