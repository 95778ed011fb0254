/// A view of consecutive floats: a pointer and a count, copied for free.
///
/// A parameter or a local only; what owns the memory (`Tensor`, `ParameterSet`) must outlive it.
/// Bounds of slices are checked always, of elements in debug builds, so that loops vectorise.
struct Floats: @unchecked Sendable {  // Parallel loops write to disjoint parts of one view.
  let base: UnsafeMutablePointer<Float>
  let count: Int

  init(base: UnsafeMutablePointer<Float>, count: Int) {
    self.base = base
    self.count = count
  }

  /// No elements.
  static let none = Floats(base: UnsafeMutablePointer.allocate(capacity: 0), count: 0)

  subscript(index: Int) -> Float {
    get {
      assert(index >= 0 && index < count, "element \(index) of \(count)")
      return base[index]
    }
    nonmutating set {
      assert(index >= 0 && index < count, "element \(index) of \(count)")
      base[index] = newValue
    }
  }

  /// The part from `range`, sharing the memory.
  subscript(range: Range<Int>) -> Floats {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "\(range) of \(count) floats")
    return Floats(base: base + range.lowerBound, count: range.count)
  }

  /// Row `index` of a matrix whose rows have `width` elements.
  func row(_ index: Int, width: Int) -> Floats { self[index * width..<(index + 1) * width] }

  /// Some of `total` rows of one width.
  func rows(_ part: Range<Int>, of total: Int) -> Floats {
    let width = count / max(total, 1)
    return self[part.lowerBound * width..<part.upperBound * width]
  }

  /// What follows the first `skipped` floats.
  func after(_ skipped: Int) -> Floats { self[skipped..<count] }

  /// Sixteen elements from `index` on, at any alignment.
  func load16(_ index: Int) -> SIMD16<Float> {
    assert(index >= 0 && index + 16 <= count, "elements \(index)..<\(index + 16) of \(count)")
    return UnsafeRawPointer(base + index).loadUnaligned(as: SIMD16<Float>.self)
  }

  /// Writes sixteen elements from `index` on, at any alignment.
  func store16(_ value: SIMD16<Float>, _ index: Int) {
    assert(index >= 0 && index + 16 <= count, "elements \(index)..<\(index + 16) of \(count)")
    UnsafeMutableRawPointer(base + index).storeBytes(of: value, as: SIMD16<Float>.self)
  }

  func fill(_ value: Float) { base.update(repeating: value, count: count) }

  func copy(from source: Floats) {
    precondition(source.count == count, "copying \(source.count) floats into \(count)")
    // A call of the library's takes longer than the copy of a short row.
    if count > 1024 { return base.update(from: source.base, count: count) }
    eachVector(count) { i, part in store16(source.load16(i, count: part), i, count: part) }
  }

  func copy(from source: [Float]) {
    precondition(source.count == count, "copying \(source.count) floats into \(count)")
    source.withUnsafeBufferPointer { buffer in
      if let start = buffer.baseAddress { base.update(from: start, count: count) }
    }
  }

  var array: [Float] { Array(UnsafeBufferPointer(start: base, count: count)) }
}
