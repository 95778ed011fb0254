/// x[N, C] = the tokens' rows of the table [V, C].
func embed(_ x: Floats, _ tokens: [Int32], table: Floats, width: Int) {
  precondition(x.count >= tokens.count * width, "\(x.count) floats for \(tokens.count) rows")
  tokens.withUnsafeBufferPointer { buffer in
    nonisolated(unsafe) let tokens = buffer  // Only read, and the loop waits for all.
    Parallel.chunks(buffer.count, grain: Parallel.grain(width: width)) { rows in
      for row in rows {
        x.row(row, width: width).copy(from: table.row(Int(tokens[row]), width: width))
      }
    }
  }
}

/// dTable[token] += dx[row], row after row: one token may come many times.
func embedBackward(dTable: Floats, dx: Floats, _ tokens: [Int32], width: Int) {
  addRows(dTable, at: tokens, dx, width: width)
}

/// target[places[row]] += x[row], row after row; threads share out the columns.
func addRows(_ target: Floats, at places: [Int32], _ x: Floats, width: Int) {
  places.withUnsafeBufferPointer { buffer in
    nonisolated(unsafe) let places = buffer  // As above.
    Parallel.chunks(width, grain: 64) { columns in
      for (row, place) in places.enumerated() {
        target.row(Int(place), width: width)[columns].add(x.row(row, width: width)[columns])
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
