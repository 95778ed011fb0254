/// Which matrices get low-rank adapters, and of what size; names are PEFT's.
public struct LoRAOptions: Sendable, Equatable {
  /// A matrix of every decoder layer.
  public enum TargetModule: String, Sendable, CaseIterable {
    case query = "q_proj"
    case key = "k_proj"
    case value = "v_proj"
    case output = "o_proj"
    case gate = "gate_proj"
    case up = "up_proj"
    case down = "down_proj"

    /// Its name within a layer.
    var path: String {
      switch self {
      case .query, .key, .value, .output: "self_attn.\(rawValue)"
      case .gate, .up, .down: "mlp.\(rawValue)"
      }
    }
  }

  /// The rank of an adapter: rows of A, columns of B.
  public var rank: Int
  public var alpha: Double
  /// In the order of `TargetModule.allCases`, whatever the order they are given in.
  public var targetModules: [TargetModule]
  /// Scale by alpha / √rank instead of alpha / rank (Kalajdzievski, arXiv 2312.03732).
  public var isRankStabilized: Bool

  public init(
    rank: Int, alpha: Double, targetModules: [TargetModule], isRankStabilized: Bool = false
  ) {
    precondition(rank > 0 && !targetModules.isEmpty, "adapters of rank \(rank) of nothing")
    self.rank = rank
    self.alpha = alpha
    self.targetModules = TargetModule.allCases.filter(targetModules.contains)
    self.isRankStabilized = isRankStabilized
  }

  /// What B · A is multiplied by.
  var scale: Float {
    Float(alpha / (isRankStabilized ? Double(rank).squareRoot() : Double(rank)))
  }
}
