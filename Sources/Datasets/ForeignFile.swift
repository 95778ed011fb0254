public import Foundation
import Host
import JSON

/// Recognises files that are not JSON lines by their beginning, and gives a command that converts
/// them.
public enum ForeignFile {
  /// Why a folder cannot be read as a file; nil if it is not a folder.
  static func refusal(folder path: String, in files: any FileAccess) -> DatasetError? {
    guard files.status(path)?.isFolder == true else { return nil }
    let isSaved = ["dataset_info.json", "state.json", "dataset_dict.json"].contains {
      files.status("\(path)/\($0)") != nil
    }
    let remedy =
      isSaved
      ? "it was saved by the datasets library; " + python("load_from_disk('\(path)')", path)
      : "name one of its files"
    return DatasetError(path: path, "this is a folder, not a JSONL file; \(remedy)")
  }

  /// What a file is instead of JSON lines, and how to convert it; nil where it may be JSON lines.
  ///
  /// - Parameter head: its first bytes; what follows 64 KiB of them is not looked at.
  public static func refusal(path: String, head: Data) -> DatasetError? {
    let reason =
      binary(path, head) ?? text(path, Array(head.prefix(1 << 16)), isWhole: head.count < 1 << 16)
    return reason.map { DatasetError(path: path, $0) }
  }

  // MARK: Binary formats

  private static let magics:
    [(magic: [UInt8], name: String, remedy: @Sendable (String) -> String)] = [
      ([0x1F, 0x8B], "gzip", { "unpack it with `gunzip -k '\($0)'`" }),
      ([0x28, 0xB5, 0x2F, 0xFD], "zstd", { "unpack it with `unzstd '\($0)'`" }),
      (Array("BZh".utf8), "bzip2", { "unpack it with `bunzip2 -k '\($0)'`" }),
      ([0xFD, 0x37, 0x7A, 0x58, 0x5A], "xz", { "unpack it with `unxz -k '\($0)'`" }),
      ([0x50, 0x4B, 0x03, 0x04], "a zip archive", { "unpack it with `unzip '\($0)'`" }),
      (Array("PAR1".utf8), "Parquet", { python("Dataset.from_parquet('\($0)')", $0) }),
      (Array("ARROW1".utf8), "Arrow", { python("Dataset.from_file('\($0)')", $0) }),
      ([0xFF, 0xFF, 0xFF, 0xFF], "Arrow", { python("Dataset.from_file('\($0)')", $0) }),
    ]

  private static func binary(_ path: String, _ head: Data) -> String? {
    if let known = magics.first(where: { head.starts(with: $0.magic) }) {
      return "the file is \(known.name), not JSONL; \(known.remedy(path))"
    }
    if head.starts(with: [0xFF, 0xFE]) || head.starts(with: [0xFE, 0xFF]) || hasWideText(head) {
      let target = converted(path)
      return
        "the file is UTF-16, not UTF-8; convert it with "
        + "`iconv -f UTF-16 -t UTF-8 '\(path)' > '\(target)'`"
    }
    return nil
  }

  /// Whether every second byte of the beginning is zero: ASCII text in UTF-16 without a mark.
  private static func hasWideText(_ head: Data) -> Bool {
    let bytes = Array(head.prefix(64))
    guard bytes.count >= 4 else { return false }
    return [0, 1].contains { first in
      stride(from: first, to: bytes.count, by: 2).allSatisfy { bytes[$0] == 0 }
    }
  }

  // MARK: Other texts

  private static func text(_ path: String, _ head: [UInt8], isWhole: Bool) -> String? {
    let bytes = head.starts(with: [0xEF, 0xBB, 0xBF]) ? head.dropFirst(3) : head[...]
    if endsInCROnly(bytes) {
      return
        "the lines end in CR instead of LF; convert them with "
        + "`tr '\\r' '\\n' < '\(path)' > '\(converted(path))'`"
    }
    let lines = bytes.split(separator: 0x0A, maxSplits: 16).map { $0.filter { $0 != 0x0D } }
      .filter { !$0.allSatisfy { $0 == 0x20 || $0 == 0x09 } }
    guard let first = lines.first?.drop(while: { $0 == 0x20 || $0 == 0x09 }) else { return nil }
    let isCutOff = lines.count == 1 && !isWhole
    let problem = isCutOff ? nil : syntaxError(first)
    if first.first == UInt8(ascii: "["), problem?.isUnfinished ?? (lines.count == 1) {
      return "the file is one JSON array, not JSON lines; \(rewritten(path, "json.load(f)"))"
    }
    let second = lines.dropFirst().first?.first { $0 != 0x20 && $0 != 0x09 }
    if first.first == UInt8(ascii: "{"), problem?.isUnfinished == true,
      second != UInt8(ascii: "{")
    {
      return
        "an object spans several lines (pretty-printed JSON); JSONL has one object per line; "
        + rewritten(path, "(lambda v: v if isinstance(v, list) else [v])(json.load(f))")
    }
    if let separator = separator(path, lines) {
      let options = separator == "\t" ? ", sep='\\t'" : ""
      return "the file is \(separator == "\t" ? "TSV" : "CSV"), not JSONL; "
        + python("Dataset.from_csv('\(path)'\(options))", path)
    }
    return nil
  }

  private static func endsInCROnly(_ bytes: ArraySlice<UInt8>) -> Bool {
    guard !bytes.contains(0x0A), let first = bytes.firstIndex(of: 0x0D) else { return false }
    return bytes[first...].contains { $0 > 0x20 }
  }

  private static func syntaxError(_ line: ArraySlice<UInt8>) -> JSONSyntaxError? {
    do throws(JSONSyntaxError) {
      _ = try JSONParser.parse(Array(line))
      return nil
    } catch {
      return error
    }
  }

  /// The separator of a table's columns; nil if the file is not a table.
  private static func separator(_ path: String, _ lines: [[UInt8]]) -> String? {
    let name = path.lowercased()
    let isNamed = name.hasSuffix(".csv") || name.hasSuffix(".tsv")
    let looked = lines.prefix(2)
    guard looked.count == 2 || isNamed, looked.allSatisfy({ syntaxError($0[...]) != nil }),
      !looked.contains(where: { $0.first == UInt8(ascii: "{") })
    else { return nil }
    for separator in [UInt8(ascii: "\t"), UInt8(ascii: ",")]
    where looked.allSatisfy({ $0.contains(separator) }) {
      return separator == UInt8(ascii: "\t") ? "\t" : ","
    }
    return nil
  }

  // MARK: Remedies

  /// `rows.parquet` as `rows.jsonl`, another name than the file's own.
  private static func converted(_ path: String) -> String {
    let base = path.split(separator: ".", omittingEmptySubsequences: false)
    let hasExtension = base.count > 1 && !base[base.count - 1].contains("/")
    let stem = hasExtension ? base.dropLast().joined(separator: ".") : path
    return "\(stem).jsonl" == path ? "\(stem)-lines.jsonl" : "\(stem).jsonl"
  }

  /// A line that has the datasets library write JSON lines.
  private static func python(_ source: String, _ path: String) -> String {
    let module = source.hasPrefix("load_from_disk") ? "load_from_disk" : "Dataset"
    return "convert it with `python3 -c \"from datasets import \(module); "
      + "\(source).to_json('\(converted(path))')\"`"
  }

  /// A line that has Python write a row of JSON each.
  private static func rewritten(_ path: String, _ rows: String) -> String {
    "convert it with `python3 -c \"import json; f = open('\(path)'); "
      + "print(*map(json.dumps, \(rows)), sep='\\n')\" > '\(converted(path))'`"
  }
}
