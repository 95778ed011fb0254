import COneDNN

/// Loops over fixed chunks on the threads that the matrix products use.
///
/// One pool for both: two pools over the same cores slow each other down. Chunks are the same
/// whatever the number of threads, so a result depends on `grain` at most, never on threads.
enum Parallel {
  /// Runs `body` once for each chunk of `grain` indices (the last may be shorter) of `0..<count`.
  static func chunks(_ count: Int, grain: Int, _ body: @Sendable (Range<Int>) -> Void) {
    precondition(count >= 0 && grain > 0, "\(count) indices in chunks of \(grain)")
    if count <= grain {
      if count > 0 { body(0..<count) }
      return
    }
    withoutActuallyEscaping(body) { body in
      var job = Job(count: count, grain: grain, body: body)
      withUnsafeMutablePointer(to: &job) { job in
        onednn_parallel(
          Int64(job.pointee.chunks),
          { job, index in job.assumingMemoryBound(to: Job.self).pointee.run(Int(index)) }, job)
      }
    }
  }

  /// Runs `body` for blocks of `0..<count` rows, each block on one thread: loops that it makes run where
  /// they are. Where there are too few rows to keep all threads busy so, `body` runs once, for all rows,
  /// and its loops are shared out.
  static func rows(_ count: Int, _ body: (Range<Int>) -> Void) {
    let grain = count >= 2 * blockRows * threads ? blockRows : max(count, 1)
    withoutActuallyEscaping(body) { body in
      // Blocks write to separate rows, and the loop waits for all.
      nonisolated(unsafe) let body = body
      chunks(count, grain: grain) { body($0) }
    }
  }

  /// Rows of a block: enough for products at full speed, few enough for their activations to stay in a
  /// core's cache.
  static let blockRows = 128

  /// Threads that a loop could use that started here: one within another loop.
  static var threads: Int { Int(onednn_loop_threads()) }

  /// A number of indices a chunk that makes about `work` elements of them, `width` to an index.
  static func grain(width: Int, work: Int = 1 << 14) -> Int { max(1, work / max(1, width)) }

  private struct Job {
    let count: Int
    let grain: Int
    let body: @Sendable (Range<Int>) -> Void

    var chunks: Int { (count + grain - 1) / grain }

    func run(_ chunk: Int) { body(chunk * grain..<min(count, (chunk + 1) * grain)) }
  }
}
