/// A plain value as a recipe spells it, without its place in the file.
public indirect enum ConfigValue: Sendable, Hashable {
  case null
  case bool(Bool)
  case int(Int)
  case double(Double)
  case string(String)
  case list([ConfigValue])
  case map([String: ConfigValue])
}
