import Foundation

/// A program that answers each line on its standard input with one on its standard output; it and
/// the processes it started are killed when this value is released.
final class LineProgram {
  private let process: ProgramProcess
  /// The bytes after the last line.
  private var rest = Data()
  private var errors = ErrorLines()
  private var errorsEnded = false

  /// Longer answers are errors.
  private static let longestLine = 1 << 20
  /// How often to check for a stop, in milliseconds.
  private static let slice = 100.0

  /// - Throws: `ProgramFailure` when it cannot be started.
  init(_ command: [String]) throws {
    do {
      process = try ProgramProcess(command)
    } catch let error as ProgramProcess.NotStarted {
      throw ProgramFailure(description: error.description)
    }
  }

  /// Lines that it has written to its standard error and that were not taken yet.
  func takeErrorLines() -> [String] {
    drainErrors()
    return errors.take()
  }

  /// Writes a line and reads the answer.
  ///
  /// - Parameters:
  ///   - starting: the extra time for the program's start.
  ///   - mustStop: asked ten times a second.
  /// - Throws: `ProgramFailure` when that takes longer than both, or the program ends;
  ///   `StoppedWaiting`.
  func exchange(
    _ line: Data, timeout: Duration, starting: Duration = .zero,
    unless mustStop: () -> Bool
  ) throws -> Data {
    let deadline = ContinuousClock.now + timeout + starting
    let limit =
      "\(timeout)" + (starting < .seconds(1) ? "" : " (and \(Self.seconds(starting)) to start)")
    func wait(_ descriptor: Int32, _ event: Int32) throws {
      try self.wait(descriptor, for: event, until: deadline, limit, unless: mustStop)
    }
    var left = line + [UInt8(ascii: "\n")]
    while !left.isEmpty {
      try wait(process.input, POLLOUT)
      let written = left.withUnsafeBytes {
        send(process.input, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
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
        throw ProgramFailure(description: "an answer is longer than \(Self.longestLine) bytes")
      }
      try wait(process.output, POLLIN)
      let count = read(process.output, &buffer, buffer.count)
      if count > 0 { rest += buffer[..<count] }
      if count == 0 || (count < 0 && errno != EINTR) { throw ended() }
    }
  }

  /// Returns when a descriptor is ready; takes in what comes on the standard error meanwhile, so that the
  /// program does not wait for it to be read.
  private func wait(
    _ descriptor: Int32, for event: Int32, until deadline: ContinuousClock.Instant,
    _ limit: String, unless mustStop: () -> Bool
  ) throws {
    while true {
      if mustStop() { throw StoppedWaiting() }
      let left = ContinuousClock.now.duration(to: deadline) / .milliseconds(1)
      guard left > 0 else {
        drainErrors()
        throw ProgramFailure(
          description: "no answer within \(limit)" + errors.excerpt, isSilence: true)
      }
      var polled = [pollfd(fd: descriptor, events: Int16(event), revents: 0)]
      if !errorsEnded {
        polled.append(pollfd(fd: process.errors, events: Int16(POLLIN), revents: 0))
      }
      let count = poll(
        &polled, nfds_t(polled.count), Int32(min(left.rounded(.up), Self.slice)))
      if count > 0, polled.count > 1, polled[1].revents != 0 { drainErrors() }
      if count > 0, polled[0].revents != 0 { return }
    }
  }

  private static func seconds(_ duration: Duration) -> String {
    "\(duration.components.seconds) seconds"
  }

  private func drainErrors() {
    var buffer = [UInt8](repeating: 0, count: 1 << 14)
    // A program that writes without end must not hide the timeout.
    for _ in 0..<64 where !errorsEnded {
      let count = read(process.errors, &buffer, buffer.count)
      if count > 0 { errors.add(buffer[..<count]) }
      if count == 0 { errorsEnded = true }
      if count < 0, errno != EINTR { return }
    }
  }

  private func ended() -> ProgramFailure {
    // It may have closed its output and still run: it gets a second to end.
    for _ in 0..<100 where !process.hasEnded() { usleep(10_000) }
    let status = process.end()
    drainErrors()
    let (signal, code) = (status & 0x7f, status >> 8 & 0xff)
    return ProgramFailure(
      description: "the program ended with "
        + (signal == 0 ? "status \(code)" : "signal \(signal)") + errors.excerpt)
  }
}

/// What a program writes to its standard error: as much as a person reads.
struct ErrorLines {
  private var lines: [String] = []
  private var last: String?
  private var pending: [UInt8] = []
  private var count = 0

  private static let longestLine = 300
  private static let mostLines = 20

  mutating func add(_ bytes: some Sequence<UInt8>) {
    for byte in bytes {
      if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
        end()
      } else if pending.count < Self.longestLine {
        pending.append(byte)
      }
    }
  }

  private mutating func end() {
    let text = String(decoding: pending, as: UTF8.self).filter { character in
      character.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
    }
    pending = []
    guard text.contains(where: { !$0.isWhitespace }) else { return }
    last = text
    count += 1
    if count <= Self.mostLines { lines.append(text) }
    if count == Self.mostLines + 1 { lines.append("... (the rest is left out)") }
  }

  /// Lines that were not taken yet; of all of them the first twenty.
  mutating func take() -> [String] {
    defer { lines = [] }
    return lines
  }

  /// "; it wrote: KeyError: 'answer'": the last line, where interpreters say what was wrong.
  var excerpt: String {
    let text = pending.isEmpty ? last : String(decoding: pending, as: UTF8.self)
    return text.map { "; it wrote: \($0)" } ?? ""
  }
}
