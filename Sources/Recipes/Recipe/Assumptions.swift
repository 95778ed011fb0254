public import Settings

/// What `plan` assumes about missing models and files: the `assume:` section of a recipe.
///
/// No result and no key depends on it, and a stored recipe leaves it out.
public struct Assumptions: Sendable, Hashable {
  public var hardware: AssumedHardware?
  /// By the names of the recipe's models: what they are while there is nothing at their path.
  public var models: [String: AssumedModel] = [:]
  /// By the names of the recipe's datasets: what their files hold while they are not there.
  public var datasets: [String: AssumedDataset] = [:]
  public var stages: [String: AssumedStage] = [:]

  public init() {}

  /// The files that a plan can do without: `models.base.path`, `datasets.math.file`.
  public var fields: Set<String> {
    Set(models.keys.map { "models.\($0).path" } + datasets.keys.map { "datasets.\($0).file" })
  }
}

/// The machine that a plan is made for.
public struct AssumedHardware: Configuration, Hashable {
  public var device = ""
  public var devices = 1
  public var flops = 1e12
  public var trainingUtilization = 0.3
  public var samplingUtilization = 0.1
  public var pricePerHour: Double?

  public init() {}

  public static let fields: [Field<Self>] = [
    Field("device", \.device, "The name of one of its devices, for the table: H800."),
    Field(
      "devices", \.devices, range: 1...1e7,
      "The number of devices used in parallel."),
    Field(
      "flops", \.flops, range: 0...1e24, exclusiveMinimum: true, unit: "operations a second",
      "The peak speed of one device."),
    Field(
      "training_utilization", \.trainingUtilization, range: 0...1, exclusiveMinimum: true,
      "The share of the peak that training and scoring reach."),
    Field(
      "sampling_utilization", \.samplingUtilization, range: 0...1, exclusiveMinimum: true,
      "The share of the peak that sampling reaches."),
    Field(
      "price_per_hour", \.pricePerHour, range: 0...1e9, unit: "dollars",
      "The price of one hour of one device; null: no price is shown."),
  ]
}

/// A model that is not there, under the names of Hugging Face's config.json; experts and latent
/// attention are those of DeepSeek-V3 (arXiv 2412.19437).
public struct AssumedModel: Configuration, Hashable {
  public enum Architecture: String, FieldChoice {
    case llama, qwen2, qwen3
    /// A mixture of experts: it can be planned and not trained.
    case deepseekV3 = "deepseek_v3"
  }

  public var architecture = Architecture.llama
  public var vocabSize = 32_000
  public var hiddenSize = 4096
  public var intermediateSize = 11_008
  public var numHiddenLayers = 32
  public var numAttentionHeads = 32
  public var numKeyValueHeads: Int?
  public var headDim: Int?
  public var tieWordEmbeddings = false
  public var moeIntermediateSize = 2048
  public var nRoutedExperts = 256
  public var nSharedExperts = 1
  public var numExpertsPerTok = 8
  public var firstKDenseReplace = 3
  public var qLoraRank = 1536
  public var kvLoraRank = 512
  public var qkNopeHeadDim = 128
  public var qkRopeHeadDim = 64
  public var vHeadDim = 128

  public init() {}

  public static let fields: [Field<Self>] = [
    Field("architecture", \.architecture, "The decoder; deepseek_v3 can be planned, not run."),
    Field("vocab_size", \.vocabSize, range: 1...1e8, unit: "tokens", "Tokens of its vocabulary."),
    Field("hidden_size", \.hiddenSize, range: 1...1e6, "Width of the residual stream."),
    Field(
      "intermediate_size", \.intermediateSize, range: 1...1e7,
      "Width of the dense feed-forward layers."),
    Field("num_hidden_layers", \.numHiddenLayers, range: 1...1e4, "Decoder layers."),
    Field("num_attention_heads", \.numAttentionHeads, range: 1...1e4, "Query heads."),
    Field(
      "num_key_value_heads", \.numKeyValueHeads, range: 1...1e4,
      "Key and value heads; null: as many as query heads."),
    Field(
      "head_dim", \.headDim, range: 1...1e5,
      "Width of a head; null: hidden_size / num_attention_heads."),
    Field(
      "tie_word_embeddings", \.tieWordEmbeddings,
      "Whether the embedding matrix is also the output layer."),
    Field(
      "moe_intermediate_size", \.moeIntermediateSize, range: 1...1e7,
      "Of deepseek_v3: width of an expert."),
    Field("n_routed_experts", \.nRoutedExperts, range: 1...1e6, "Of deepseek_v3: routed experts."),
    Field(
      "n_shared_experts", \.nSharedExperts, range: 0...1e6,
      "Of deepseek_v3: experts that see every token."),
    Field(
      "num_experts_per_tok", \.numExpertsPerTok, range: 1...1e6,
      "Of deepseek_v3: routed experts that see a token."),
    Field(
      "first_k_dense_replace", \.firstKDenseReplace, range: 0...1e4,
      "Of deepseek_v3: layers at the start without experts."),
    Field("q_lora_rank", \.qLoraRank, range: 1...1e6, "Of deepseek_v3: rank of the queries."),
    Field(
      "kv_lora_rank", \.kvLoraRank, range: 1...1e6, "Of deepseek_v3: rank of keys and values."),
    Field(
      "qk_nope_head_dim", \.qkNopeHeadDim, range: 1...1e5,
      "Of deepseek_v3: width of a query head without a position."),
    Field(
      "qk_rope_head_dim", \.qkRopeHeadDim, range: 1...1e5,
      "Of deepseek_v3: width of a query head with a position."),
    Field("v_head_dim", \.vHeadDim, range: 1...1e5, "Of deepseek_v3: width of a value head."),
  ]

  public var problems: [ConfigProblem] {
    architecture == .deepseekV3 && numExpertsPerTok > nRoutedExperts
      ? [ConfigProblem("num_experts_per_tok", "is above n_routed_experts (\(nRoutedExperts))")] : []
  }
}

/// What a file that is not there would hold.
public struct AssumedDataset: Configuration, Hashable {
  public var rows = 1.0
  public var promptTokens = 0.0
  public var completionTokens = 0.0

  public init() {}

  public static let fields: [Field<Self>] = [
    Field("rows", \.rows, range: 1...1e12, "The number of rows."),
    Field(
      "prompt_tokens", \.promptTokens, range: 0...1e9, unit: "tokens",
      "Tokens of a prompt, on average."),
    Field(
      "completion_tokens", \.completionTokens, range: 0...1e9, unit: "tokens",
      "Tokens of a completion, on average."),
  ]
}

/// What nobody can know of a stage before it has run.
public struct AssumedStage: Configuration, Hashable {
  public var completionLength: Double?
  public var verdictLength: Double?
  public var rows: Double?

  public init() {}

  public static let fields: [Field<Self>] = [
    Field(
      "completion_length", \.completionLength, range: 1...1e9, unit: "tokens",
      "Tokens of the completions that it samples, on average; null: max_completion_length."),
    Field(
      "verdict_length", \.verdictLength, range: 1...1e9, unit: "tokens",
      "Tokens that a judging model writes, on average; null: its max_completion_length."),
    Field(
      "rows", \.rows, range: 0...1e12,
      "Rows of its output; null: as many as possible."),
  ]
}
