import Foundation
import Insight
import Neural
import Synchronization

/// Ends the program with status 6 and a message when the system gives it no memory.
enum OutOfMemory {
  /// Leaves a word where the present run is written down.
  private static let note = Mutex<(@Sendable () -> Void)?>(nil)
  /// Where a C string lies that says what to do next: a trap leaves no room to make one.
  private static let place = Atomic<UInt>(0)
  private static var advice: UnsafePointer<CChar>? {
    UnsafePointer(bitPattern: place.load(ordering: .acquiring))
  }

  /// To be called before any large allocation.
  static func catchFailures() {
    MemoryRoom.spareAddressSpace()
    advise("a smaller model needs less")
    MemoryFailure.onFailure { bytes in
      let limit = MemoryRoom.now().map { ", \($0.limit) has \(Quantity.bytes($0.bytes)) left" }
      let next = advice.map { String(cString: $0) }
      Console().failure(
        "out of memory: \(Quantity.bytes(bytes)) could not be allocated\(limit ?? ""); "
          + (next ?? ""))
      note.withLock { $0 }?()
      _exit(ExitStatus.workspace.rawValue)
    }
    // Swift's containers end the program with a trap; the size of the failed allocation was noted
    // before.
    for number in [SIGILL, SIGTRAP, SIGABRT] {
      signal(number) { number in
        if errno == ENOMEM { OutOfMemory.endTrapped() }
        signal(number, SIG_DFL)
        raise(number)
      }
    }
  }

  /// Says what failures from now on belong to: a run that `resume` and `again` are the commands for.
  static func began(resume: String, again: String, note: @escaping @Sendable () -> Void) {
    self.note.withLock { $0 = note }
    advise(
      "saved work is kept: `\(resume)` continues from it where there is more memory, and `\(again) "
        + "-S stages.STAGE.SETTING` with less memory; settings that need less are "
        + "micro_batch_tokens=256, gradient_checkpointing=true, generation_batch_size=1 and "
        + "'peft_config={\"r\":16}'")
  }

  /// The text before it is kept: a trap may be reading it.
  private static func advise(_ text: String) {
    place.store(UInt(bitPattern: strdup(text)), ordering: .releasing)
  }

  private static func endTrapped() -> Never {
    let start: StaticString = "error: out of memory; "
    _ = write(2, start.utf8Start, start.utf8CodeUnitCount)
    if let text = advice { _ = write(2, text, strlen(text)) }
    _ = write(2, "\n", 1)
    _exit(6)
  }
}
