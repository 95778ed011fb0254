/// What lies below `runs/` and is in no row.
struct UnknownFiles {
  /// Runs by their folders.
  var runs: [String] = []
  /// Digests of manifests.
  var manifests: [String] = []
  /// Folders of runs that were removed.
  var leftovers: [String] = []

  var isEmpty: Bool { runs.isEmpty && manifests.isEmpty }

  /// "2 runs (01m..., 01n...) and 3 results or checkpoints".
  var words: String {
    var words: [String] = []
    if !runs.isEmpty {
      let names = runs.prefix(3).joined(separator: ", ") + (runs.count > 3 ? ", ..." : "")
      words.append("\(runs.count) run\(runs.count == 1 ? "" : "s") (\(names))")
    }
    if !manifests.isEmpty {
      words.append(
        "\(manifests.count) result\(manifests.count == 1 ? " or checkpoint" : "s or checkpoints")")
    }
    return words.joined(separator: " and ")
  }
}
