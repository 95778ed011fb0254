public import Foundation

/// The bytes of a file that a stage reads or leaves: there already, mapped when they are asked for, or made
/// piece by piece while they are written.
///
/// What is made while it is written is not held twice: a model's weights go from its tensors to the file. Until
/// then they must not change.
public struct FileContent: Sendable {
  /// Takes bytes in order; they may be gone when it returns.
  public typealias Sink = (UnsafeRawBufferPointer) throws -> Void

  private enum Source: Sendable {
    case held(Data)
    case stored(@Sendable () throws -> Data)
    case made(@Sendable (Sink) throws -> Void)
  }

  /// In bytes.
  public let size: Int
  private let source: Source

  public init(_ data: Data) {
    size = data.count
    source = .held(data)
  }

  /// - Parameter read: maps a file of this size.
  public init(size: Int, read: @escaping @Sendable () throws -> Data) {
    self.size = size
    source = .stored(read)
  }

  /// - Parameter make: hands all bytes to its sink, the same each time.
  public init(size: Int, make: @escaping @Sendable (Sink) throws -> Void) {
    self.size = size
    source = .made(make)
  }

  /// Texts one behind the other.
  public init(_ texts: [String]) {
    self.init(size: texts.reduce(0) { $0 + $1.utf8.count }) { sink in
      var block: [UInt8] = []
      for text in texts {
        block += text.utf8
        guard block.count >= 1 << 20 else { continue }
        try block.withUnsafeBytes(sink)
        block.removeAll(keepingCapacity: true)
      }
      try block.withUnsafeBytes(sink)
    }
  }

  /// The bytes, where they lie in memory as they are.
  public var held: Data? { if case .held(let data) = source { data } else { nil } }

  /// All bytes in memory.
  public func data() throws -> Data {
    switch source {
    case .held(let data): return data
    case .stored(let read): return try read()
    case .made:
      var data = Data(capacity: size)
      try write { data.append(contentsOf: $0) }
      return data
    }
  }

  /// Hands over all bytes in order.
  public func write(to sink: Sink) throws {
    switch source {
    case .held(let data): try data.withUnsafeBytes(sink)
    case .stored(let read): try read().withUnsafeBytes(sink)
    case .made(let make): try make(sink)
    }
  }
}
