import Datasets
import Foundation
import Host
import JSON
import Workflow

/// Rows kept so far, as lines of JSON, and counts of the others: the state of a stage that makes a
/// dataset.
struct RowCollection: Codable, Equatable {
  private(set) var lines: [String] = []
  private(set) var counts: [String: Int] = [:]
  private var domains: [String: Domain] = [:]

  /// The sums behind one line of a table such as Table 5 of DeepSeek-R1's supplement.
  private struct Domain: Codable, Equatable {
    var samples = 0
    var rounds = 0
    var tokens = 0
    /// Samples whose tokens are known.
    var counted = 0
  }

  init() {}

  /// What an interrupted attempt had collected; nothing without one.
  init(resuming checkpoint: Checkpoint?) throws {
    if let checkpoint { self = try CheckpointFiles.state(Self.self, in: checkpoint) }
  }

  /// - Parameters:
  ///   - tokens: of the completion; nil where no model counts them.
  ///   - source: the dataset's name, for rows that name neither domain nor type.
  mutating func keep(_ row: Row, tokens: Int?, source: String) {
    count("kept")
    lines.append(String(decoding: RowCoding.encode([row]), as: UTF8.self))
    var domain = domains[row.domain ?? source] ?? Domain()
    domain.samples += 1
    domain.rounds += row.rounds
    domain.tokens += tokens ?? 0
    domain.counted += tokens == nil ? 0 : 1
    domains[row.domain ?? source] = domain
  }

  mutating func drop(_ reason: String) { count("dropped/\(reason)") }

  mutating func count(_ name: String, _ number: Int = 1) { counts[name, default: 0] += number }

  /// The counts, and of each domain the samples, mean rounds and mean tokens.
  var metrics: [String: Double] {
    var metrics = counts.mapValues { Double($0) }
    for (name, domain) in domains {
      metrics["domains/\(name)/samples"] = Double(domain.samples)
      metrics["domains/\(name)/rounds"] = Double(domain.rounds) / Double(domain.samples)
      if domain.counted > 0 {
        metrics["domains/\(name)/tokens"] = Double(domain.tokens) / Double(domain.counted)
      }
    }
    return metrics
  }

  var summary: String {
    counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
  }

  /// The dataset; throws, with the remedy, when nothing passed.
  func artifact(remedy: String) throws -> Artifact {
    guard !lines.isEmpty else {
      throw TrainingError(.result, "no row passed (\(summary)); \(remedy)")
    }
    return Artifact(files: [rowsFile: FileContent(lines)])
  }
}

extension Row {
  /// Turns of the user.
  fileprivate var rounds: Int {
    guard case .messages(let messages) = prompt else { return 1 }
    return messages.count { $0.role == "user" }
  }

  /// The domain of the row, as in its file.
  fileprivate var domain: String? { (fields["domain"] ?? fields["type"])?.text }
}
