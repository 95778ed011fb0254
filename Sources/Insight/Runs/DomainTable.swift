/// What a stage that makes a dataset kept of each domain: samples, mean rounds of conversation and
/// mean tokens, with their total, as Table 5 of DeepSeek-R1's supplement has them.
struct DomainTable {
  let table: TextTable

  private static let prefix = "domains/"

  /// Nil for a stage that counted no domains.
  ///
  /// - Parameter values: the last value of each `domains/NAME/samples`, `/rounds` and `/tokens`.
  init?(_ values: [String: Double]) {
    let suffix = "/samples"
    let names = values.keys.filter { $0.hasPrefix(Self.prefix) && $0.hasSuffix(suffix) }
      .map { String($0.dropFirst(Self.prefix.count).dropLast(suffix.count)) }.sorted()
    guard !names.isEmpty else { return nil }
    func value(_ name: String, _ figure: String) -> Double? {
      values["\(Self.prefix)\(name)/\(figure)"]
    }
    let samples = names.map { value($0, "samples") ?? 0 }
    func mean(_ figure: String) -> Double? {
      let known = zip(names, samples).compactMap { name, count in
        value(name, figure).map { (sum: $0 * count, count: count) }
      }
      let count = known.reduce(0) { $0 + $1.count }
      return count > 0 ? known.reduce(0) { $0 + $1.sum } / count : nil
    }
    var table = TextTable(["domain", .right("samples"), .right("avg rounds"), .right("avg tokens")])
    func add(_ name: String, _ samples: Double, _ rounds: Double?, _ tokens: Double?) {
      table.add([name, "\(Int(samples))"] + [rounds, tokens].map { $0.map(Self.tenths) ?? "" })
    }
    for (name, count) in zip(names, samples) {
      add(name, count, value(name, "rounds"), value(name, "tokens"))
    }
    add("total", samples.reduce(0, +), mean("rounds"), mean("tokens"))
    self.table = table
  }

  /// One digit behind the point.
  private static func tenths(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    return "\(tenths / 10).\(tenths % 10)"
  }
}
