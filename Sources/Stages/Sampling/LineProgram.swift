import Foundation

/// A program that answers each line on its standard input with one on its standard output; it is
/// killed when this value goes, and by the kernel when the thread that started it does.
final class LineProgram {
  private let process = Process()
  private let input = Pipe()
  private let output = Pipe()
  /// What came after the last line.
  private var rest = Data()

  /// Longer answers are no answers.
  private static let longestLine = 1 << 20

  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// - Throws: `Failure` when it cannot be started.
  init(_ command: [String]) throws {
    // A program that ends while it is written to must be an error of the write.
    signal(SIGPIPE, SIG_IGN)
    let guardian = "/usr/bin/setpriv"
    let hasGuardian = FileManager.default.isExecutableFile(atPath: guardian)
    process.executableURL = URL(filePath: hasGuardian ? guardian : "/usr/bin/env")
    process.arguments = (hasGuardian ? ["--pdeathsig", "KILL"] : []) + command
    process.standardInput = input
    process.standardOutput = output
    do {
      try process.run()
    } catch {
      throw Failure(description: "\(command.joined(separator: " ")) cannot be started: \(error)")
    }
    let descriptor = input.fileHandleForWriting.fileDescriptor
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
  }

  deinit {
    try? input.fileHandleForWriting.close()
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    process.waitUntilExit()
  }

  /// Writes a line and reads the answer.
  ///
  /// - Throws: `Failure` when that takes longer than `timeout`, or the program ends.
  func exchange(_ line: Data, timeout: Duration) throws -> Data {
    let deadline = ContinuousClock.now + timeout
    var left = line + [UInt8(ascii: "\n")]
    while !left.isEmpty {
      try wait(input.fileHandleForWriting, for: POLLOUT, until: deadline, timeout)
      let written = left.withUnsafeBytes {
        write(input.fileHandleForWriting.fileDescriptor, $0.baseAddress, $0.count)
      }
      if written > 0 { left = Data(left.dropFirst(written)) }
      if written < 0, errno != EAGAIN, errno != EINTR { throw ended() }
    }
    while true {
      if let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
        defer { rest = Data(rest[(end + 1)...]) }
        return Data(rest[..<end])
      }
      guard rest.count <= Self.longestLine else {
        throw Failure(description: "an answer is longer than \(Self.longestLine) bytes")
      }
      try wait(output.fileHandleForReading, for: POLLIN, until: deadline, timeout)
      let more = output.fileHandleForReading.availableData
      guard !more.isEmpty else { throw ended() }
      rest += more
    }
  }

  /// Returns when a pipe is ready.
  private func wait(
    _ handle: FileHandle, for event: Int32, until deadline: ContinuousClock.Instant,
    _ timeout: Duration
  ) throws {
    while true {
      let left = ContinuousClock.now.duration(to: deadline) / .milliseconds(1)
      guard left > 0 else { throw Failure(description: "no answer within \(timeout)") }
      var descriptor = pollfd(fd: handle.fileDescriptor, events: Int16(event), revents: 0)
      // In short waits, so that a long timeout fits.
      if poll(&descriptor, 1, Int32(min(left.rounded(.up), 1000))) > 0 { return }
    }
  }

  private func ended() -> Failure {
    // It may have closed its output and live on: a second to end by itself.
    for _ in 0..<100 where process.isRunning { usleep(10_000) }
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    process.waitUntilExit()
    return Failure(description: "the program ended with status \(process.terminationStatus)")
  }
}
