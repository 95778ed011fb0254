import Foundation

/// A file of scalars as TensorBoard reads them: TFRecords of `tensorflow.Event` messages.
///
/// Formats: tensorflow/core/util/event.proto and tensorflow/core/lib/io/record_writer.h.
public final class EventFile {
  private let handle: FileHandle
  private let seconds: () -> Double

  /// Makes the file, whose name must hold "tfevents".
  ///
  /// - Parameter seconds: the time since 1970, for the records.
  public init(path: String, seconds: @escaping () -> Double) throws {
    try Data().write(to: URL(fileURLWithPath: path), options: .withoutOverwriting)
    handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    self.seconds = seconds
    try append(step: nil) { $0.text(3, "brain.Event:2") }
  }

  deinit { try? handle.close() }

  /// Marks steps from `step` on in earlier files, if there are any, as invalid.
  public func restart(at step: Int) throws {
    try append(step: step) { event in
      event.message(7) { $0.integer(1, 1) }  // session_log { status: START }
    }
  }

  /// Adds the values of a step.
  public func add(step: Int, _ values: [(tag: String, value: Double)]) throws {
    try append(step: step) { event in
      event.message(5) { summary in
        for (tag, value) in values {
          summary.message(1) { scalar in
            scalar.text(1, tag)
            scalar.float(2, Float(value))
          }
        }
      }
    }
  }

  private func append(step: Int?, _ fill: (inout ProtocolBuffer) -> Void) throws {
    var event = ProtocolBuffer()
    event.double(1, seconds())
    if let step { event.integer(2, step) }
    fill(&event)
    try handle.write(contentsOf: Self.record(event.data))
  }

  /// The length, its checksum, the data, and theirs.
  static func record(_ data: Data) -> Data {
    var record = Data()
    let length = withUnsafeBytes(of: UInt64(data.count).littleEndian) { Data($0) }
    for part in [length, data] {
      record += part
      withUnsafeBytes(of: maskedChecksum(part).littleEndian) { record += $0 }
    }
    return record
  }

  /// CRC-32C, turned and shifted, since a checksum of data that hold checksums is weak.
  private static func maskedChecksum(_ data: Data) -> UInt32 {
    let sum = CRC32C.checksum(data)
    return (sum >> 15 | sum << 17) &+ 0xa282_ead8
  }
}

/// The cyclic redundancy check with Castagnoli's polynomial (RFC 3720, appendix B.4).
enum CRC32C {
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { sum, _ in sum & 1 == 1 ? sum >> 1 ^ 0x82f6_3b78 : sum >> 1 }
  }

  static func checksum(_ data: Data) -> UInt32 {
    ~data.reduce(~0) { table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] ^ $0 >> 8 }
  }
}
