/// Rounds a table so that rows, columns and all sums still add up, each figure less than one unit from its exact one.
///
/// Rounding every cell to the nearest and adding up would let a standing charge of 0.6010 a day lose three cents a
/// month; rounding sums and cells apart would print lines that do not add up. Where a row, a column or the whole
/// table is not whole, its error is carried in a margin cell, so that every line of the extended table sums to zero.
/// Then a line that holds one broken cell holds another, broken cells form a cycle, and pushing alternately up and
/// down along the cycle mends at least one of them without breaking a sum (B. Causey, L. Cox, L. Ernst, 1985).
package struct ControlledRounding {
  /// Whole units, in the order of the cells given.
  package private(set) var cells: [[Int128]]
  /// Sums of `cells`.
  package var rowTotals: [Int128] { cells.map { $0.reduce(0, +) } }
  package var columnTotals: [Int128] { columns.map { column in cells.reduce(0) { $0 + $1[column] } } }
  package var total: Int128 { rowTotals.reduce(0, +) }

  private var columns: Range<Int>

  /// - Parameters:
  ///   - amounts: rows of equally many exact amounts in one fine unit; may be negative.
  ///   - unit: fine units per printed unit, above zero.
  ///   - total: the sum to reach, in printed units: the exact sum's floor or ceiling. The nearest when nil.
  package init(_ amounts: [[Int128]], unit: Int128, total: Int128? = nil) {
    let width = amounts.first?.count ?? 0
    columns = 0..<width
    guard width > 0 else {
      cells = amounts
      return
    }
    let exact = amounts.reduce(0) { $0 + $1.reduce(0, +) }
    let target = (total ?? exact.dividedRounding(by: unit)) * unit
    precondition((target - exact).magnitude < unit.magnitude, "a total that is no rounding of the sum")

    // The extended table: a margin column with minus the row sums, a margin row with minus the column sums, and the
    // grand total in their corner.
    var table = amounts.map { $0 + [-$0.reduce(0, +)] }
    var margin = columns.map { column in -amounts.reduce(0) { $0 + $1[column] } }
    margin.append(exact)
    table.append(margin)
    var mending = Mending(table: table, unit: unit, grandTarget: target)
    mending.run()
    cells = mending.table.dropLast().map { row in row.dropLast().map { $0 / unit } }
  }

  private struct Mending {
    var table: [[Int128]]
    let unit: Int128
    let grandTarget: Int128
    /// Rows that may hold a broken cell in each column; emptied as cells are mended.
    var brokenRows: [[Int]]

    init(table: [[Int128]], unit: Int128, grandTarget: Int128) {
      self.table = table
      self.unit = unit
      self.grandTarget = grandTarget
      brokenRows = []
      let unit = unit
      brokenRows = table[0].indices.map { column in
        table.indices.reversed().filter { table[$0][column] % unit != 0 }
      }
    }

    mutating func run() {
      // The corner first, so that it reaches its target and not merely a neighbour; then what is left, column by column.
      let corner = (row: table.count - 1, column: table[0].count - 1)
      while isBroken(corner.row, corner.column) { mend(from: corner) }
      for column in table[0].indices {
        while let row = someBrokenRow(in: column, except: nil) { mend(from: (row, column)) }
      }
    }

    func isBroken(_ row: Int, _ column: Int) -> Bool { table[row][column] % unit != 0 }

    mutating func someBrokenRow(in column: Int, except row: Int?) -> Int? {
      while let last = brokenRows[column].last, !isBroken(last, column) { brokenRows[column].removeLast() }
      guard let row, brokenRows[column].last == row else { return brokenRows[column].last }
      return brokenRows[column].dropLast().last { isBroken($0, column) }
    }

    /// Follows broken cells alternately along rows and columns until a line returns, and pushes along that cycle.
    mutating func mend(from start: (row: Int, column: Int)) {
      var path = [start]
      var alongRow = true
      while true {
        let (row, column) = path[path.count - 1]
        var next: (row: Int, column: Int)
        if alongRow {
          // A row that sums to a whole number and holds a broken cell holds another.
          guard let other = table[row].indices.first(where: { $0 != column && isBroken(row, $0) }) else {
            preconditionFailure("a row with one broken cell")
          }
          next = (row, other)
        } else {
          guard let other = someBrokenRow(in: column, except: row) else {
            preconditionFailure("a column with one broken cell")
          }
          next = (other, column)
        }
        path.append(next)
        alongRow.toggle()
        if let cycle = cycle(in: path) { return push(along: cycle) }
      }
    }

    /// The closed part of the path, cells at even places to be pushed one way, at odd places the other.
    func cycle(in path: [(row: Int, column: Int)]) -> [(row: Int, column: Int)]? {
      let (row, column) = path[path.count - 1]
      // The last move was along a row when the path has an even count; a cycle then closes in the column.
      if path.count.isMultiple(of: 2) {
        guard
          let first = path.indices.dropLast().first(where: {
            path[$0].column == column && (path.count - $0).isMultiple(of: 2)
          })
        else { return nil }
        return Array(path[first...])
      }
      guard
        let first = path.indices.dropLast().first(where: { path[$0].row == row && (path.count - $0).isMultiple(of: 2) })
      else { return nil }
      return Array(path[first...])
    }

    mutating func push(along cycle: [(row: Int, column: Int)]) {
      var up = unit
      var down = unit
      for (index, cell) in cycle.enumerated() {
        let value = table[cell.row][cell.column]
        let toFloor = value - Apportionment.floor(value, unit) * unit
        let toCeiling = unit - toFloor
        up = min(up, index.isMultiple(of: 2) ? toCeiling : toFloor)
        down = min(down, index.isMultiple(of: 2) ? toFloor : toCeiling)
      }
      let corner = (row: table.count - 1, column: table[0].count - 1)
      var goesUp = up <= down
      if let place = cycle.firstIndex(where: { $0 == corner }) {
        goesUp = (table[corner.row][corner.column] < grandTarget) == place.isMultiple(of: 2)
      }
      let step = goesUp ? up : -down
      for (index, cell) in cycle.enumerated() {
        table[cell.row][cell.column] += index.isMultiple(of: 2) ? step : -step
      }
    }
  }
}
