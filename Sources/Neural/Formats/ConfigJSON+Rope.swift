import JSON

/// Rotary positions, from the places that transformers 5 reads and in its order: `rope_scaling`
/// (transformers 4's key) unless it is null or empty, else `rope_parameters`; in either of them the
/// base, else at the top level, else 10,000.
extension ConfigJSON {
  /// The base of the frequencies and how they are stretched.
  ///
  /// - Parameter positions: `max_position_embeddings`
  func rope(positions: Int) throws -> (theta: Double, scaling: RopeScaling?) {
    let (key, values) = try ropeSettings()
    try checkPartial(values["partial_rotary_factor"], "\(key).partial_rotary_factor")
    try checkPartial(root["partial_rotary_factor"], "partial_rotary_factor")
    let theta = try number("rope_theta", in: values, key) ?? double("rope_theta") ?? 10_000
    let type = (values["rope_type"] ?? values["type"])?.string ?? "default"
    switch type {
    case "default": return (theta, nil)
    case "llama3": return (theta, try llama3(values, key, positions: positions))
    default:
      throw unsupported(
        "\(key) with rope_type '\(type)'", "'default' and 'llama3' are implemented")
    }
  }

  /// The object that counts, and its key.
  private func ropeSettings() throws -> (key: String, values: JSONValue) {
    for key in ["rope_scaling", "rope_parameters"] {
      guard let value = root[key] else { continue }
      guard let members = value.object else { throw broken("\(key) is not an object") }
      if members.isEmpty { continue }
      for (name, member) in members {
        if member.object != nil {
          throw unsupported(
            "\(key).\(name) as an object", "one set of values for all layers is implemented")
        }
        if name == "rope_theta", case .null = member { throw broken("\(key).\(name) is null") }
        if ["rope_type", "type"].contains(name), member.string == nil {
          throw broken("\(key).\(name) is \(member.line); it must be a string")
        }
      }
      return (key, value)
    }
    return ("rope_parameters", .object([:]))
  }

  private func llama3(_ values: JSONValue, _ key: String, positions: Int) throws -> RopeScaling {
    func required(_ name: String) throws -> Double {
      guard let number = values[name]?.double else {
        throw broken("\(key).\(name) must be a number for rope_type 'llama3'")
      }
      return number
    }
    let original = "original_max_position_embeddings"
    let context = try double(original) ?? number(original, in: values, key) ?? Double(positions)
    guard let whole = Int(exactly: context) else {
      throw broken("\(original) must be a whole number")
    }
    return RopeScaling(
      factor: try required("factor"), lowFreqFactor: try required("low_freq_factor"),
      highFreqFactor: try required("high_freq_factor"), originalMaxPositionEmbeddings: whole)
  }

  private func number(_ name: String, in values: JSONValue, _ key: String) throws -> Double? {
    guard let value = values[name] else { return nil }
    guard let number = value.double else {
      throw broken("\(key).\(name) is \(value.line); it must be a number")
    }
    return number
  }

  private func checkPartial(_ factor: JSONValue?, _ key: String) throws {
    guard let factor, factor.double != 1 else { return }
    throw unsupported("\(key) \(factor.line)", "only whole heads are rotated")
  }
}
