import Workflow

/// What a slow judge needs from its stage.
struct JudgingContext {
  /// Whether to give up waiting, because a stop was requested.
  let mustStop: () -> Bool
  /// A note for the log.
  let log: (String) -> Void
  /// Gets the number of completions that a judge has answered.
  var answered: (Int) -> Void = { _ in }

  static var none: JudgingContext { JudgingContext(mustStop: { false }, log: { _ in }) }

  /// As the stage's context says; people who watch are told what was judged, also while nothing comes:
  /// `phase`, `done` and what was answered of `total`.
  static func of(
    _ context: any StageContext, _ phase: String = "scored", done: Int = 0, of total: Int
  ) -> JudgingContext {
    var now = done
    context.progress(phase, done: now, of: total)
    return JudgingContext(
      mustStop: {
        context.progress(phase, done: now, of: total)
        return context.mustStop
      }, log: context.log,
      answered: { count in
        now = done + count
        context.progress(phase, done: now, of: total)
      })
  }
}
