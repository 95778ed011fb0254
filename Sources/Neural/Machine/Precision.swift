import COneDNN

/// The type of the factors of matrix products.
///
/// Weights, moments and everything between products (norms, softmax, losses, sums) are 32-bit floats
/// in either; `bf16` rounds the factors to bfloat16 and sums their products up in 32 bits.
public enum Precision: String, Sendable, CaseIterable {
  case f32, bf16

  /// Whether this processor multiplies bfloat16 numbers (AVX512-BF16 or AMX).
  public static var hasBF16: Bool { onednn_has_bf16() }

  var element: onednn_type { self == .f32 ? ONEDNN_F32 : ONEDNN_BF16 }
}
