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
