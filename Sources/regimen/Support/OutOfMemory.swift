import Foundation
import Insight
import Neural
import Synchronization

/// Ends the program with status 6 and a message when the system gives it no memory.
enum OutOfMemory {
  /// Leaves a word where the run is written down.
  static let note = Mutex<(@Sendable () -> Void)?>(nil)

  private static let advice =
    "what is saved stands, and `regimen resume` goes on from it; micro_batch_tokens, "
    + "gradient_checkpointing, peft_config and generation_batch_size make a stage need less"

  /// To be called before anything large is asked for.
  static func catchFailures() {
    MemoryFailure.onFailure { bytes in
      let limit = MemoryRoom.now().map { ", \($0.limit) has \(Quantity.bytes($0.bytes)) left" }
      Console().failure(
        "out of memory: \(Quantity.bytes(bytes)) more were not to be had\(limit ?? ""); \(advice)")
      note.withLock { $0 }?()
      _exit(ExitStatus.workspace.rawValue)
    }
    // Containers of the language end the program by an instruction that traps; what they asked for
    // has left its number behind.
    for number in [SIGILL, SIGTRAP, SIGABRT] {
      signal(number) { number in
        if errno == ENOMEM {
          let text: StaticString =
            """
            error: out of memory; what is saved stands, and `regimen resume` goes on from it; \
            micro_batch_tokens, gradient_checkpointing, peft_config and generation_batch_size make a \
            stage need less

            """
          _ = write(2, text.utf8Start, text.utf8CodeUnitCount)
          _exit(6)
        }
        signal(number, SIG_DFL)
        raise(number)
      }
    }
  }
}
