import Host

@testable import Datasets

// What tests read lies on this machine.

extension Dataset {
  static func load(_ options: DatasetOptions, seed: UInt64) throws -> Dataset {
    try load(options, seed: seed, in: LocalFiles())
  }

  static func each(
    _ options: DatasetOptions, seed: UInt64, _ body: (Row) throws -> Void
  ) throws -> SkippedLines {
    try each(options, seed: seed, in: LocalFiles(), body)
  }
}

extension FileShape {
  static func detect(path: String, fields: [String: String]) throws -> FileShape {
    try detect(path: path, fields: fields, in: LocalFiles())
  }
}

extension PackedRows {
  init?(_ options: DatasetOptions, _ body: (Row) throws -> Void) throws {
    try self.init(options, in: LocalFiles(), body)
  }
}
