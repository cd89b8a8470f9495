import Text

/// Rounds a table so that rows, columns and all sums still add up, each figure less than one unit from its exact one.
///
/// Rounding every cell to the nearest and adding up would let a standing charge of 0.6010 a day lose three cents a
/// month; rounding sums and cells apart would print lines that do not add up. Where a row, a column or the whole
/// table is not whole, its error is carried in a margin cell, so that every line of the extended table sums to zero.
/// Then a line that holds one broken cell holds another, broken cells form a cycle, and pushing alternately up and
/// down along the cycle mends at least one of them without breaking a sum (B. Causey, L. Cox, L. Ernst, 1985).
public struct ControlledRounding {
  /// Whole units, row after row.
  private var units: [Int128]
  private let width: Int
  private let height: Int

  public subscript(_ row: Int, _ column: Int) -> Int128 { units[row * width + column] }

  public func sum(ofRow row: Int) -> Int128 { units[row * width..<(row + 1) * width].reduce(0, +) }

  /// In the order of the rows given.
  public var cells: [[Int128]] { (0..<height).map { Array(units[$0 * width..<($0 + 1) * width]) } }
  /// Sums of `cells`.
  public var rowTotals: [Int128] { (0..<height).map(sum) }
  public var columnTotals: [Int128] { (0..<width).map { column in cells.reduce(0) { $0 + $1[column] } } }
  public var total: Int128 { units.reduce(0, +) }

  /// - Parameter amounts: rows of equally many amounts.
  public init(_ amounts: [[Int128]], unit: Int128, total: Int128? = nil) {
    self.init(amounts.flatMap(\.self), width: amounts.first?.count ?? 0, unit: unit, total: total)
  }

  /// - Parameters:
  ///   - amounts: rows of `width` exact amounts in one fine unit, one after the other; may be negative.
  ///   - unit: fine units per printed unit, above zero.
  ///   - total: the sum to reach, in printed units: the exact sum's floor or ceiling. The nearest when nil.
  public init(_ amounts: [Int128], width: Int, unit: Int128, total: Int128? = nil) {
    self.width = width
    height = width > 0 ? amounts.count / width : 0
    guard height > 0 else {
      units = []
      return
    }
    let exact = amounts.reduce(0, +)
    let target = total ?? exact.dividedRounding(by: unit)
    precondition((target * unit - exact).magnitude < unit.magnitude, "a total that is no rounding of the sum")
    // What is broken off a unit fits into a machine word for every currency with two digits or more.
    let small = Int64(exactly: unit).flatMap { $0 <= Int64.max / 4 ? $0 : nil }
    if width == 1, let small {
      units = ControlledRounding.column(amounts, exact: exact, unit: small, target: target)
    } else if small != nil {
      units = Mending<Int64>(amounts, width, exact: exact, unit: unit, target: target).units
    } else {
      units = Mending<Int128>(amounts, width, exact: exact, unit: unit, target: target).units
    }
  }

  /// One column, as it is for every day and tariff of a report: its cycles are a row and the total, then two rows, and
  /// the pushes are those of ``Mending``.
  private static func column(_ amounts: [Int128], exact: Int128, unit: Int64, target: Int128) -> [Int128] {
    var units = amounts
    withUnsafeTemporaryAllocation(of: Int64.self, capacity: amounts.count) { fractions in
      for row in amounts.indices {
        units[row] = Apportionment.floor(amounts[row], Int128(unit))
        fractions[row] = Int64(truncatingIfNeeded: amounts[row] - units[row] * Int128(unit))
      }
      func push(_ row: Int, by step: Int64) {
        fractions[row] += step
        guard fractions[row] == unit else { return }
        fractions[row] = 0
        units[row] += 1
      }
      func broken(from row: Int) -> Int? { (row..<fractions.count).first { fractions[$0] != 0 } }
      let whole = Apportionment.floor(exact, Int128(unit))
      var rest = Int64(truncatingIfNeeded: exact - whole * Int128(unit))
      var first = broken(from: 0)
      while rest != 0, let row = first {
        let step = whole < target ? min(unit - rest, unit - fractions[row]) : -min(rest, fractions[row])
        rest = (rest + step) % unit
        push(row, by: step)
        first = broken(from: row)
      }
      while let row = first, let other = broken(from: row + 1) {
        let (up, down) = (min(unit - fractions[row], fractions[other]), min(fractions[row], unit - fractions[other]))
        push(row, by: up <= down ? up : -down)
        push(other, by: up <= down ? -up : down)
        first = broken(from: row)
      }
    }
    return units
  }

  /// The extended table: a margin column with minus the row sums, a margin row with minus the column sums, and the
  /// grand total in their corner. Each cell is whole units and a fraction of 0 ..< `unit`.
  private struct Mending<Fraction: FixedWidthInteger & SignedInteger> {
    private let unit: Fraction
    private let target: Int128
    private let height: Int
    private let width: Int
    private var whole: [Int128] = []
    private var fraction: [Fraction] = []
    /// Rows that may hold a broken cell, `height` places for each column, the first row last; and how many of them are
    /// left. They are taken off as cells are mended.
    private var brokenRows: [Int]
    private var brokenCounts: [Int]
    private var path: [(row: Int, column: Int)] = []

    init(_ amounts: [Int128], _ amountWidth: Int, exact: Int128, unit: Int128, target: Int128) {
      self.unit = Fraction(truncatingIfNeeded: unit)
      self.target = target
      height = amounts.count / amountWidth + 1
      width = amountWidth + 1
      brokenRows = [Int](repeating: 0, count: height * width)
      brokenCounts = [Int](repeating: 0, count: width)
      whole.reserveCapacity(height * width)
      fraction.reserveCapacity(height * width)
      var margin = [Int128](repeating: 0, count: width)
      for start in stride(from: 0, to: amounts.count, by: amountWidth) {
        var sum: Int128 = 0
        for column in 0..<amountWidth {
          let amount = amounts[start + column]
          append(amount, unit)
          sum -= amount
          margin[column] -= amount
        }
        append(sum, unit)
      }
      margin[width - 1] = exact
      for amount in margin { append(amount, unit) }
      for row in (0..<height).reversed() {
        for column in 0..<width where isBroken(row, column) {
          brokenRows[column * height + brokenCounts[column]] = row
          brokenCounts[column] += 1
        }
      }
      run()
    }

    private mutating func append(_ amount: Int128, _ unit: Int128) {
      let floor = Apportionment.floor(amount, unit)
      whole.append(floor)
      fraction.append(Fraction(truncatingIfNeeded: amount - floor * unit))
    }

    /// Without the margins.
    var units: [Int128] {
      var units: [Int128] = []
      units.reserveCapacity((height - 1) * (width - 1))
      for row in 0..<(height - 1) { units += whole[row * width..<(row * width + width - 1)] }
      return units
    }

    private mutating func run() {
      // The corner first, so that it reaches its target and not merely a neighbour; then what is left, column by column.
      while isBroken(height - 1, width - 1) { mend(from: (height - 1, width - 1)) }
      for column in 0..<width {
        while let row = someBrokenRow(in: column, except: nil) { mend(from: (row, column)) }
      }
    }

    private func isBroken(_ row: Int, _ column: Int) -> Bool { fraction[row * width + column] != 0 }

    private mutating func someBrokenRow(in column: Int, except row: Int?) -> Int? {
      let start = column * height
      while brokenCounts[column] > 0, !isBroken(brokenRows[start + brokenCounts[column] - 1], column) {
        brokenCounts[column] -= 1
      }
      var place = start + brokenCounts[column] - 1
      if place >= start, brokenRows[place] == row {
        repeat { place -= 1 } while place >= start && !isBroken(brokenRows[place], column)
      }
      return place >= start ? brokenRows[place] : nil
    }

    /// Follows broken cells alternately along rows and columns until a line returns, and pushes along that cycle.
    private mutating func mend(from start: (row: Int, column: Int)) {
      path.removeAll(keepingCapacity: true)
      path.append(start)
      var alongRow = true
      while true {
        let (row, column) = path[path.count - 1]
        if alongRow {
          // A row that sums to a whole number and holds a broken cell holds another.
          guard let other = (0..<width).first(where: { $0 != column && isBroken(row, $0) }) else {
            preconditionFailure("a row with one broken cell")
          }
          path.append((row, other))
        } else {
          guard let other = someBrokenRow(in: column, except: row) else {
            preconditionFailure("a column with one broken cell")
          }
          path.append((other, column))
        }
        alongRow.toggle()
        if let start = startOfCycle() { return push(from: start) }
      }
    }

    /// Where the path's closed part begins: cells at even places from there are pushed one way, at odd ones the other.
    private func startOfCycle() -> Int? {
      let (row, column) = path[path.count - 1]
      // The last move was along a row when the path has an even count; a cycle then closes in the column.
      let isAlongRow = path.count.isMultiple(of: 2)
      for place in 0..<(path.count - 1) where isAlongRow ? path[place].column == column : path[place].row == row {
        if (path.count - place).isMultiple(of: 2) { return place }
      }
      return nil
    }

    private mutating func push(from start: Int) {
      var up = unit
      var down = unit
      var goesUp: Bool?
      for place in start..<path.count {
        let (row, column) = path[place]
        let toFloor = fraction[row * width + column]
        let isEven = (place - start).isMultiple(of: 2)
        up = min(up, isEven ? unit - toFloor : toFloor)
        down = min(down, isEven ? toFloor : unit - toFloor)
        if row == height - 1, column == width - 1 { goesUp = (whole[row * width + column] < target) == isEven }
      }
      let step = goesUp ?? (up <= down) ? up : -down
      for place in start..<path.count {
        let cell = path[place].row * width + path[place].column
        fraction[cell] += (place - start).isMultiple(of: 2) ? step : -step
        if fraction[cell] >= unit {
          fraction[cell] -= unit
          whole[cell] += 1
        } else if fraction[cell] < 0 {
          fraction[cell] += unit
          whole[cell] -= 1
        }
      }
    }
  }
}
