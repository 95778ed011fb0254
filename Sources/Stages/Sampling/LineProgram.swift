import Foundation

/// A program that answers each line on its standard input with one on its standard output; it and what
/// it started are killed when this value goes, and the program by the kernel, too, when the thread
/// that started it does.
final class LineProgram {
  private let process: pid_t
  // Sockets, since writing to one that was left gives an error and no signal.
  private let input: Int32
  private let output: Int32
  /// What came after the last line.
  private var rest = Data()
  private var hasEnded = false

  /// Longer answers are no answers.
  private static let longestLine = 1 << 20

  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// - Throws: `Failure` when it cannot be started.
  init(_ command: [String]) throws {
    let guardian = "/usr/bin/setpriv"
    let hasGuardian = FileManager.default.isExecutableFile(atPath: guardian)
    let words = (hasGuardian ? [guardian, "--pdeathsig", "KILL"] : []) + command
    let (requests, answers) = (try Self.pair(command), try Self.pair(command))
    defer {
      close(requests[1])
      close(answers[1])
    }
    switch Self.spawn(words, input: requests[1], output: answers[1]) {
    case .success(let process): self.process = process
    case .failure(let failure):
      close(requests[0])
      close(answers[0])
      throw Self.notStarted(command, failure.code.rawValue)
    }
    (input, output) = (requests[0], answers[0])
  }

  /// Two ends that no other program inherits.
  private static func pair(_ command: [String]) throws -> [Int32] {
    var ends: [Int32] = [-1, -1]
    let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, type, 0, &ends) == 0 else { throw notStarted(command, errno) }
    return ends
  }

  private static func notStarted(_ command: [String], _ code: Int32) -> Failure {
    Failure(
      description:
        "\(command.joined(separator: " ")) cannot be started: \(String(cString: strerror(code)))")
  }

  /// Starts a program in a process group of its own, so that all of it can be killed.
  ///
  /// Not Foundation's `Process`: its `waitUntilExit` waits for every descendant, a child that sleeps on
  /// after the program was killed included.
  private static func spawn(
    _ words: [String], input: Int32, output: Int32
  ) -> Result<pid_t, POSIXError> {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, input, 0)
    posix_spawn_file_actions_adddup2(&actions, output, 1)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
    var arguments = words.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    var process: pid_t = 0
    let code = posix_spawnp(&process, words[0], &actions, &attributes, &arguments, environ)
    return code == 0
      ? .success(process) : .failure(POSIXError(POSIXErrorCode(rawValue: code) ?? .EINVAL))
  }

  deinit {
    close(input)
    close(output)
    if !hasEnded { _ = end() }
  }

  /// Writes a line and reads the answer.
  ///
  /// - Throws: `Failure` when that takes longer than `timeout`, or the program ends.
  func exchange(_ line: Data, timeout: Duration) throws -> Data {
    let deadline = ContinuousClock.now + timeout
    var left = line + [UInt8(ascii: "\n")]
    while !left.isEmpty {
      try wait(input, for: POLLOUT, until: deadline, timeout)
      let written = left.withUnsafeBytes {
        send(input, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
      }
      if written > 0 { left = Data(left.dropFirst(written)) }
      if written < 0, errno != EAGAIN, errno != EINTR { throw ended() }
    }
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      if let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
        defer { rest = Data(rest[(end + 1)...]) }
        return Data(rest[..<end])
      }
      guard rest.count <= Self.longestLine else {
        throw Failure(description: "an answer is longer than \(Self.longestLine) bytes")
      }
      try wait(output, for: POLLIN, until: deadline, timeout)
      let count = read(output, &buffer, buffer.count)
      if count > 0 { rest += buffer[..<count] }
      if count == 0 || (count < 0 && errno != EINTR) { throw ended() }
    }
  }

  /// Returns when a descriptor is ready.
  private func wait(
    _ descriptor: Int32, for event: Int32, until deadline: ContinuousClock.Instant,
    _ timeout: Duration
  ) throws {
    while true {
      let left = ContinuousClock.now.duration(to: deadline) / .milliseconds(1)
      guard left > 0 else { throw Failure(description: "no answer within \(timeout)") }
      var polled = pollfd(fd: descriptor, events: Int16(event), revents: 0)
      // In short waits, so that a long timeout fits.
      if poll(&polled, 1, Int32(min(left.rounded(.up), 1000))) > 0 { return }
    }
  }

  private func ended() -> Failure {
    // It may have closed its output and live on: a second to end by itself.
    var status: Int32 = 0
    for _ in 0..<100 {
      hasEnded = waitpid(process, &status, WNOHANG) == process
      if hasEnded { break }
      usleep(10_000)
    }
    // What it started may still be there.
    if hasEnded { kill(-process, SIGKILL) } else { status = end() }
    hasEnded = true
    let (signal, code) = (status & 0x7f, status >> 8 & 0xff)
    return Failure(
      description: "the program ended with \(signal == 0 ? "status \(code)" : "signal \(signal)")")
  }

  /// Kills the group and takes the program's status.
  private func end() -> Int32 {
    kill(-process, SIGKILL)
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    return status
  }
}
