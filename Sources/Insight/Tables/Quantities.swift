import Foundation

/// Numbers as a person reads them: the same form in tables, the progress line and summaries.
public enum Quantity {
  /// A span of time: `0.4 s`, `12 s`, `3 min 05 s`, `2 h 07 min`, `3 d 4 h`.
  public static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0 else { return "?" }
    if seconds < 9.95 { return String(format: "%.1f s", seconds) }
    let whole = seconds < 9e15 ? Int(seconds.rounded()) : Int(9e15)
    if whole < 60 { return "\(whole) s" }
    if whole < 3600 { return String(format: "%d min %02d s", whole / 60, whole % 60) }
    if whole < 86_400 { return String(format: "%d h %02d min", whole / 3600, whole % 3600 / 60) }
    return "\(whole / 86_400) d \(whole % 86_400 / 3600) h"
  }

  /// A value with four significant digits, without an exponent where that stays short: `0.4213`,
  /// `12.35`, `3.2e-05`; `-` when it is not a number.
  public static func number(_ value: Double?) -> String {
    guard let value, value.isFinite else { return "-" }
    if value == 0 { return "0" }
    let size = abs(value)
    if size >= 1e6 || size < 1e-3 { return String(format: "%.3g", value) }
    if value == value.rounded(), size < 1e6 { return String(format: "%.0f", value) }
    let decimals = size >= 1000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : size >= 1 ? 3 : 4
    return String(format: "%.\(decimals)f", value)
  }

  /// A loss, like `number`, but with four decimals if it is too small for these: a policy's loss is
  /// 0 except for rounding as long as nothing has changed, and `1.79e-16` would tell nobody
  /// anything.
  public static func loss(_ value: Double?) -> String {
    guard let value, value.isFinite, value != 0, abs(value) < 1e-3 else { return number(value) }
    let text = String(format: "%.4f", value)
    return text == "-0.0000" ? "0.0000" : text
  }

  /// A share as a percentage with one decimal: `41.2 %`.
  public static func percent(_ share: Double?) -> String {
    guard let share, share.isFinite else { return "-" }
    return String(format: "%.1f %%", share * 100)
  }

  /// The same without the sign, for a pair of bounds.
  static func percentNumber(_ share: Double) -> String { String(format: "%.1f", share * 100) }

  /// A size in binary units: `812 B`, `1.5 KiB`, `98.1 MiB`.
  public static func bytes(_ count: Int) -> String {
    var value = Double(count)
    for unit in ["B", "KiB", "MiB", "GiB"] {
      if value < 1024 { return String(format: unit == "B" ? "%.0f" : "%.1f", value) + " " + unit }
      value /= 1024
    }
    return String(format: "%.1f TiB", value)
  }
}
