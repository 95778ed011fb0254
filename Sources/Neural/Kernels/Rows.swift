// C: width of a row.

/// x[N, C] = the rows of the table [_, C] at `places`.
func gatherRows(_ x: Floats, from table: Floats, at places: [Int32], width: Int) {
  precondition(x.count >= places.count * width, "\(x.count) floats for \(places.count) rows")
  places.withUnsafeBufferPointer { buffer in
    nonisolated(unsafe) let places = buffer  // Only read, and the loop waits for all.
    Parallel.chunks(buffer.count, grain: Parallel.grain(width: width)) { rows in
      for row in rows {
        x.row(row, width: width).copy(from: table.row(Int(places[row]), width: width))
      }
    }
  }
}

/// table[places[row]] += x[row], row after row, since one place may come many times; threads share out
/// the columns.
func addRows(_ table: Floats, at places: [Int32], _ x: Floats, width: Int) {
  places.withUnsafeBufferPointer { buffer in
    nonisolated(unsafe) let places = buffer  // As above.
    Parallel.chunks(width, grain: 64) { columns in
      for (row, place) in places.enumerated() {
        table.row(Int(place), width: width)[columns].add(x.row(row, width: width)[columns])
      }
    }
  }
}

/// Adds a bias [C] to each of `rows` rows of x.
func addBias(_ x: Floats, _ bias: Floats, rows: Int) {
  let width = bias.count
  Parallel.chunks(rows, grain: Parallel.grain(width: width)) { range in
    for row in range { x.row(row, width: width).add(bias) }
  }
}

/// dBias += Σ dx over the rows.
func addBiasBackward(dBias: Floats, dx: Floats, rows: Int) {
  let width = dBias.count
  addColumnSums(dBias, rows: rows) { row, column, count in
    dx.load16(row * width + column, count: count)
  }
}
