import Reporting
import TestSupport
import Testing
import Text

@Suite struct RoundingTests {
  @Test(arguments: [1, 2, 3] as [UInt64])
  func apportionedAmountsAddUpAndStayWithinOneUnit(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    for _ in 0..<500 {
      let unit = Int128([1, 7, 1000, 1_000_000].randomElement(using: &random) ?? 1)
      let amounts = (0..<Int.random(in: 1...20, using: &random)).map { _ in
        Int128(Int64.random(in: -50_000...100_000, using: &random))
      }
      let rounded = Apportionment.largestRemainder(amounts, unit: unit)
      #expect(rounded.reduce(0, +) == amounts.reduce(0, +).dividedRounding(by: unit), "seed \(seed)")
      for (exact, printed) in zip(amounts, rounded) {
        #expect((exact - printed * unit).magnitude < unit.magnitude, "seed \(seed)")
      }
    }
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func aRoundedTableKeepsCellsRowsColumnsAndSumWithinOneUnit(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    for _ in 0..<300 {
      let unit: Int128 = 1000
      let width = Int.random(in: 1...6, using: &random)
      let amounts = (0..<Int.random(in: 1...40, using: &random)).map { _ in
        (0..<width).map { _ in
          Bool.random(using: &random) ? 0 : Int128(Int64.random(in: -3000...20_000, using: &random))
        }
      }
      let rounded = ControlledRounding(amounts, unit: unit)
      let exact = amounts.reduce(0) { $0 + $1.reduce(0, +) }
      #expect(rounded.total == exact.dividedRounding(by: unit), "seed \(seed)")
      for (row, cells) in zip(amounts, rounded.cells) {
        #expect((row.reduce(0, +) - cells.reduce(0, +) * unit).magnitude < 1000)
        for (exact, printed) in zip(row, cells) {
          #expect((exact - printed * unit).magnitude < 1000)
          if exact % unit == 0 { #expect(printed * unit == exact) }
        }
      }
      for column in 0..<width {
        let exact = amounts.reduce(0) { $0 + $1[column] }
        #expect((exact - rounded.columnTotals[column] * unit).magnitude < 1000, "seed \(seed)")
      }
    }
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func oneColumnIsRoundedAsBesideAColumnOfZeros(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    for round in 0..<2000 {
      let unit = Int128([1, 2, 7, 1000, 10_000_000_000].randomElement(using: &random) ?? 1)
      let range = Int64(-3 * unit)...Int64(20 * unit)
      let amounts = (0..<Int.random(in: 1...14, using: &random)).map { _ in
        Int.random(in: 0..<4, using: &random) == 0
          ? unit * Int128(Int.random(in: -2...9, using: &random)) : Int128(Int64.random(in: range, using: &random))
      }
      let exact = amounts.reduce(0, +)
      let floor = (exact - ((exact % unit) + unit) % unit) / unit
      let total = [nil, floor, exact % unit == 0 ? floor : floor + 1].randomElement(using: &random) ?? nil
      let alone = ControlledRounding(amounts, width: 1, unit: unit, total: total)
      let beside = ControlledRounding(amounts.flatMap { [$0, 0] }, width: 2, unit: unit, total: total)
      #expect(alone.cells.map { $0[0] } == beside.cells.map { $0[0] }, "seed \(seed), round \(round)")
      #expect(alone.total == total ?? exact.dividedRounding(by: unit))
    }
  }

  @Test func standingChargesOfAMonthDoNotDrift() {
    // 31 days at 0.6010 are 18.63, and no day prints anything but 0.60 or 0.61.
    let days = [[Int128]](repeating: [12_345, 6010, 0], count: 31)
    let rounded = ControlledRounding(days, unit: 100)
    #expect(rounded.columnTotals[1] == 1863)
    #expect(rounded.cells.allSatisfy { $0[1] == 60 || $0[1] == 61 })
  }

  @Test func threeYearsOfDaysAreRoundedAtOnce() {
    let clock = ContinuousClock()
    let rows: [[Int128]] = (0..<1100).map { index in
      let row: [Int] = [index * 7919 % 1000, index * 104_729 % 1000, -(index % 13)]
      return row.map { Int128($0) }
    }
    #expect(clock.measure { _ = ControlledRounding(rows, unit: 100) } < .seconds(5))
  }
}
