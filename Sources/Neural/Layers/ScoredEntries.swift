/// What the layers leave of a batch for a head: the hidden states of its scored entries.
///
/// N entries of C values. Views of a decoder's memory, good until its next pass.
public struct ScoredEntries {
  let model: LanguageModel
  /// [N]: what each entry is scored for.
  let targets: [Int32]
  /// [N, C]
  let hidden: Floats
  /// [N, C]: where the layers' backward pass finds the gradients of the hidden states.
  let gradient: Floats

  var count: Int { targets.count }
  var width: Int { model.config.hiddenSize }

  /// Some entries' part of `hidden` or `gradient`.
  func rows(_ range: Range<Int>, of floats: Floats) -> Floats {
    floats[range.lowerBound * width..<range.upperBound * width]
  }
}
