import CMath

// Sixteen elements at a time with a shorter last step. C: width of a row.

extension Floats {
  /// `count` elements (at most sixteen) from `index` on, then zeros.
  @inline(__always)
  func load16(_ index: Int, count: Int) -> SIMD16<Float> {
    if count == 16 { return load16(index) }
    var value = SIMD16<Float>.zero
    for lane in 0..<count { value[lane] = self[index + lane] }
    return value
  }

  /// Writes the first `count` elements (at most sixteen) from `index` on.
  @inline(__always)
  func store16(_ value: SIMD16<Float>, _ index: Int, count: Int) {
    if count == 16 { return store16(value, index) }
    for lane in 0..<count { self[index + lane] = value[lane] }
  }

  /// The elements of `source`, times `factor`.
  ///
  /// Loops over single elements check each index for overflow and stay scalar; this one does not.
  @inline(__always)
  func copy(from source: Floats, times factor: Float) {
    precondition(source.count == count, "copying \(source.count) floats into \(count)")
    eachVector(count) { i, part in
      store16(source.load16(i, count: part) * factor, i, count: part)
    }
  }

  /// Adds the elements of `other`.
  func add(_ other: Floats) {
    precondition(other.count == count, "adding \(other.count) floats to \(count)")
    eachVector(count) { i, part in
      store16(load16(i, count: part) + other.load16(i, count: part), i, count: part)
    }
  }
}

extension SIMD16<Float> {
  /// The sum of the elements, by halves.
  @inline(__always)
  var total: Float {
    let eight = lowHalf + highHalf
    let four = eight.lowHalf + eight.highHalf
    let two = four.lowHalf + four.highHalf
    return two[0] + two[1]
  }
}

/// Calls `body` with the start and length of each step of sixteen, or less, elements.
@inline(__always)
func eachVector(_ count: Int, _ body: (_ index: Int, _ count: Int) -> Void) {
  let whole = count & ~15
  var index = 0
  while index < whole {
    body(index, 16)
    index += 16
  }
  if whole < count { body(whole, count - whole) }
}

/// The sum of products of two rows, in an order that depends on their length only.
@inline(__always)
func dot(_ x: Floats, _ y: Floats) -> Float {
  var sum = SIMD16<Float>.zero
  eachVector(x.count) { i, count in
    sum = multiply_add16(x.load16(i, count: count), y.load16(i, count: count), sum)
  }
  return sum.total
}

/// sums[C] += for each of `rows` rows of `x`, element by element and in the rows' order.
///
/// For gradients of what all rows share: biases and the norms' weights.
@inline(__always)
func addColumnSums(
  _ sums: Floats, rows: Int,
  _ element: @Sendable (_ row: Int, _ column: Int, _ count: Int) -> SIMD16<Float>
) {
  let width = sums.count
  Parallel.chunks(width, grain: 64) { columns in
    guard columns.count == 64 else { return addColumnSums(sums, columns, rows: rows, element) }
    // Four vectors at a time, so that a row's cache lines are read together.
    let start = columns.lowerBound
    var lanes = InlineArray<4, SIMD16<Float>> { sums.load16(start + 16 * $0) }
    for row in 0..<rows {
      for i in 0..<4 { lanes[i] += element(row, start + 16 * i, 16) }
    }
    for i in 0..<4 { sums.store16(lanes[i], start + 16 * i) }
  }
}

/// The same for some columns, on the calling thread.
@inline(__always)
private func addColumnSums(
  _ sums: Floats, _ columns: Range<Int>, rows: Int,
  _ element: (_ row: Int, _ column: Int, _ count: Int) -> SIMD16<Float>
) {
  for start in Swift.stride(from: columns.lowerBound, to: columns.upperBound, by: 16) {
    let count = min(16, columns.upperBound - start)
    var sum = sums.load16(start, count: count)
    for row in 0..<rows { sum += element(row, start, count) }
    sums.store16(sum, start, count: count)
  }
}
