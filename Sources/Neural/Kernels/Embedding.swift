/// x[N, C] = the tokens' rows of the table [V, C].
func embed(_ x: Floats, _ tokens: [Int32], table: Floats, width: Int) {
  precondition(x.count >= tokens.count * width, "\(x.count) floats for \(tokens.count) rows")
  for (row, token) in tokens.enumerated() {
    x.row(row, width: width).copy(from: table.row(Int(token), width: width))
  }
}

/// dTable[token] += dx[row], row after row: one token may come many times.
func embedBackward(dTable: Floats, dx: Floats, _ tokens: [Int32], width: Int) {
  for (row, token) in tokens.enumerated() {
    dTable.row(Int(token), width: width).add(dx.row(row, width: width))
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
