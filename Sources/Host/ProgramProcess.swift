import Foundation

/// A program started with its streams connected, in its own process group.
///
/// `end` kills it with all that it started: its group, and, where /proc tells, processes that left the group
/// (`setsid`). They are found by a mark in their environment, which they inherit. The kernel kills
/// the program itself when the thread that started it ends, and a watching shell, which waits for
/// this process to end, then does what `end` would have done.
final class ProgramProcess {
  /// Sockets, since writing to one that was left gives an error and no signal.
  let input: Int32
  let output: Int32
  /// The reading end of a pipe, which does not block: shells open /dev/stderr, and a socket cannot be opened.
  let errors: Int32
  private let process: pid_t
  private let mark: String
  /// Nil where there is no shell.
  private let watchman: Watchman?
  private var status: Int32?

  struct NotStarted: Error, CustomStringConvertible {
    let description: String
  }

  /// - Throws: `NotStarted`.
  init(_ command: [String]) throws {
    let guardian = "/usr/bin/setpriv"
    let hasGuardian = FileManager.default.isExecutableFile(atPath: guardian)
    let words = (hasGuardian ? [guardian, "--pdeathsig", "KILL"] : []) + command
    mark = "REGIMEN_PROGRAM=\(UUID().uuidString)"
    var ends: [[Int32]] = []
    do {
      for make in [Self.pair, Self.pair, Self.pipe] { ends.append(try make()) }
      process = try Self.spawn(words, mark: mark, ends.map { $0[1] })
    } catch {
      for end in ends.joined() { close(end) }
      let reason = String(cString: strerror(error.code.rawValue))
      throw NotStarted(
        description: "\(command.joined(separator: " ")) cannot be started: \(reason)")
    }
    for end in ends { close(end[1]) }
    watchman = Watchman(mark: mark)
    (input, output, errors) = (ends[0][0], ends[1][0], ends[2][0])
  }

  deinit {
    close(input)
    close(output)
    _ = end()
    watchman?.end()
    close(errors)
  }

  /// Whether it has ended.
  func hasEnded() -> Bool {
    var status: Int32 = 0
    if self.status == nil, waitpid(process, &status, WNOHANG) == process { self.status = status }
    return self.status != nil
  }

  /// Kills it and what it started.
  ///
  /// - Returns: its status, as `waitpid` gives it.
  func end() -> Int32 {
    kill(-process, SIGKILL)
    // A killed process may have started another one in between.
    for _ in 0..<20 {
      let others = marked()
      if others.isEmpty { break }
      for other in others { kill(other, SIGKILL) }
      usleep(2000)
    }
    if let status { return status }
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    self.status = status
    return status
  }

  /// Processes that inherited the mark; zombies have no environment any more.
  private func marked() -> [pid_t] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    let mark = Data(mark.utf8)
    return names.compactMap { pid_t($0) }.filter { process in
      FileManager.default.contents(atPath: "/proc/\(process)/environ")?.range(of: mark) != nil
    }
  }

  // MARK: Starting

  /// Two ends that no other program inherits.
  fileprivate static func pair() throws(POSIXError) -> [Int32] {
    var ends: [Int32] = [-1, -1]
    let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, type, 0, &ends) == 0 else { throw error(errno) }
    return ends
  }

  private static func pipe() throws(POSIXError) -> [Int32] {
    var ends: [Int32] = [-1, -1]
    guard Foundation.pipe(&ends) == 0 else { throw error(errno) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
    return ends
  }

  /// Not Foundation's `Process`: its `waitUntilExit` waits for every descendant, a child that sleeps on
  /// after the program was killed included.
  fileprivate static func spawn(
    _ words: [String], mark: String?, _ streams: [Int32]
  ) throws(POSIXError) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for (place, stream) in streams.enumerated() {
      posix_spawn_file_actions_adddup2(&actions, stream, Int32(place))
    }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
    let variables =
      ProcessInfo.processInfo.environment.map { "\($0)=\($1)" } + [mark].compactMap(\.self)
    var arguments = words.map { strdup($0) } + [nil]
    var environment = variables.map { strdup($0) } + [nil]
    defer { for text in arguments + environment { free(text) } }
    var process: pid_t = 0
    let code = posix_spawnp(&process, words[0], &actions, &attributes, &arguments, &environment)
    guard code == 0 else { throw error(code) }
    return process
  }

  private static func error(_ code: Int32) -> POSIXError {
    POSIXError(POSIXErrorCode(rawValue: code) ?? .EINVAL)
  }
}

/// A shell that reads from this process and so learns of its end, however it comes; it then kills every
/// process with a mark in its environment. It is in its own group, which a Ctrl-C does not reach.
private struct Watchman {
  private let process: pid_t
  private let line: Int32

  /// `$1` is the mark. A killed process may have started another one in between.
  private static let script = """
    read -r _
    for _ in 1 2 3; do for p in /proc/[0-9]*; do
    grep -qsaF "$1" "$p/environ" && kill -9 "${p#/proc/}"
    done; done
    """

  init?(mark: String) {
    let quiet = open("/dev/null", O_WRONLY | O_CLOEXEC)
    guard quiet >= 0, let ends = try? ProgramProcess.pair() else { return nil }
    defer {
      close(ends[1])
      close(quiet)
    }
    guard
      let process = try? ProgramProcess.spawn(
        ["/bin/sh", "-c", Self.script, "sh", mark], mark: nil, [ends[1], quiet, quiet])
    else {
      close(ends[0])
      return nil
    }
    (self.process, line) = (process, ends[0])
  }

  /// Releases it when there is nothing to watch.
  func end() {
    kill(process, SIGKILL)
    while waitpid(process, nil, 0) < 0, errno == EINTR {}
    close(line)
  }
}
