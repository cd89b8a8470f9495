import Readings
import SegmentFormat
import TestSupport
import Testing

/// Rollups as bytes: they say what the rows say, nothing is lost, and nothing that a file may hold does harm.
struct RollupBlockTests {
  /// A plug with a counter of 1 Wh, steps of power now and then and, with faults, everything that ends a run.
  static func rows(seed: UInt64, count: Int, period: Int64 = 10, faults: Bool = false) -> ReadingColumns {
    var random = SeededGenerator(seed: seed)
    var rows = ReadingColumns()
    let fields: [Field] = [
      Field(.time, .clock), Field(.totalStartTime, .clock), Field(.total, .decimal(3)), Field(.today, .decimal(3)),
      Field(.yesterday, .decimal(3)), Field(.power, .decimal(0)),
    ]
    rows.columns = fields.map { ReadingColumns.Column(field: $0, values: []) }
    var time: Int64 = 1_790_000_000
    var power: Int64 = 40
    var used: Int64 = 0
    var start = 0 as Int64
    for _ in 0..<count {
      var step = period + (Int.random(in: 0..<50, using: &random) == 0 ? 1 : 0)
      if faults, Int.random(in: 0..<400, using: &random) == 0 { step += Int64.random(in: 0...9000, using: &random) }
      if faults, Int.random(in: 0..<40, using: &random) == 0 { step = Int64.random(in: 0...period / 2, using: &random) }
      time += step
      used += power * step * 1000
      if Int.random(in: 0..<60, using: &random) == 0 { power = Int64.random(in: 0...900, using: &random) }
      if faults, Int.random(in: 0..<900, using: &random) == 0 { start = used }
      let wattHours = used / 3_600_000
      rows.times.append(Timestamp(seconds: time))
      let values = [
        time - Int64.random(in: 0...1, using: &random), 1_700_000_000 + start / 3_600_000, 40_000 + wattHours,
        wattHours, 417, power,
      ]
      for (column, value) in values.enumerated() { rows.columns[column].values.append(value) }
      if faults, Int.random(in: 0..<700, using: &random) == 0 {
        let column = Int.random(in: 0..<6, using: &random)
        rows.columns[column].values[rows.rowCount - 1] =
          [ReadingColumns.absent, .max, -1, 0].randomElement(using: &random) ?? 0
      }
    }
    return rows
  }

  /// SF-R11, SF-R20 to SF-R23, SF-R30 to SF-R39.
  @Test(arguments: UInt64(1)...30)
  func roundTripIsExact(seed: UInt64) throws {
    let period: Int64 = [10, 30, 300][Int(seed % 3)]
    let rows = Self.rows(seed: seed, count: 40 * Int(seed * seed), period: period, faults: seed % 2 == 0)
    let rollups = try #require(RollupBuilder.rollups(of: rows))
    try RollupBlockTests.goThroughBytes(rollups, rowCount: rows.rowCount)
    #expect(rollups.runs.reduce(0) { $0 + $1.rowCount } == rows.rowCount)
    // One run a day of the plug's clock, but for what the faults do, and one for what came after its midnight.
    let clock = try #require(rows.column(.time)).values
    let heldUp = rows.times.indices.filter { rows.times[$0].seconds / 86_400 > clock[$0] / 86_400 }
    if seed % 2 == 1 { #expect(rollups.runs.count == Set(clock.map { $0 / 86_400 }).count + heldUp.count) }
  }

  /// Encodes and decodes; what is not wanted is not there, and the rest is the same.
  static func goThroughBytes(_ rollups: Rollups, rowCount: Int) throws {
    let bytes = RollupBlock.encode(rollups, timeUnit: 1000)
    #expect(try RollupBlock.decode(bytes[...], rowCount: rowCount) == rollups)
    var coarse = rollups.byHours
    #expect(try RollupBlock.decode(bytes[...], rowCount: rowCount, detail: .halves) == coarse)
    for place in coarse.counters.indices {
      (coarse.counters[place].halves, coarse.counters[place].halfExports) = ([], [])
      for index in coarse.counters[place].runs.indices { coarse.counters[place].runs[index].halves = 0..<0 }
    }
    #expect(try RollupBlock.decode(bytes[...], rowCount: rowCount, detail: .hours) == coarse)
  }

  /// SF-R2 to SF-R9: each figure of each cell, from the rows alone, in the plainest way.
  @Test(arguments: UInt64(1)...20)
  func cellsSayWhatTheirRowsSay(seed: UInt64) throws {
    let rows = Self.rows(seed: seed, count: 3000, period: [10, 60, 300][Int(seed % 3)], faults: seed % 4 > 0)
    let cells = try #require(RollupBuilder.rollups(of: rows)?.counters.first)
    for series in [cells, cells.byHours] { try check(series, against: rows) }
  }

  private func check(_ series: RollupSeries, against rows: ReadingColumns) throws {
    let total = try #require(rows.column(.total)).values
    let power = try #require(rows.column(.power)).values
    var row = 0
    for run in series.runs {
      defer { row += run.rowCount }
      #expect(run.first.time == rows.times[row] && run.last.time == rows.times[row + run.rowCount - 1])
      guard run.isTold else { continue }
      #expect(run.first.total == total[row] * 1000 && run.last.power == power[row + run.rowCount - 1] * 1000)
      #expect(run.cells.isEmpty == (run.rowCount == 1))
      let held = (row..<(row + run.rowCount)).map { ($0, rows.times[$0].seconds) }
      var start = run.first.time.seconds
      for cell in series.cells[run.cells] {
        let cellEnd = (start / (series.form.cellLength / 1000) + 1) * (series.form.cellLength / 1000)
        let end = min(cellEnd, run.last.time.seconds)
        let own = held.filter { $0.1 >= start && $0.1 < cellEnd }.map(\.0)
        #expect(cell.rowCount == own.count)
        var powers = own.map { power[$0] }
        if let first = own.first, rows.times[first].seconds > start, first > row { powers.append(power[first - 1]) }
        #expect(cell.lowest == (powers.min() ?? 0) * 1000)
        let peak = own.max { power[$0] < power[$1] || (power[$0] == power[$1] && $0 > $1) }
        #expect(cell.peak == peak.map { power[$0] * 1000 } && cell.peakAt == peak.map { rows.times[$0] })
        #expect(cell.powerTime == (start..<end).reduce(0) { $0 + Self.value(power, held, at: $1) } * 1_000_000)
        #expect(cell.energy == (Self.gained(total, held, at: end) - Self.gained(total, held, at: start)) * 1000)
        start = cellEnd
      }
      start = run.first.time.seconds
      #expect(run.halves.isEmpty == (series.form.cellLength < RollupSeries.hour || run.rowCount == 1))
      for half in series.halves[run.halves] {
        let end = min((start / 1800 + 1) * 1800, run.last.time.seconds)
        #expect(half == (Self.gained(total, held, at: end) - Self.gained(total, held, at: start)) * 1000)
        start = (start / 1800 + 1) * 1800
      }
      #expect(run.halves.isEmpty || start > run.last.time.seconds)
    }
  }

  /// The value of the last row at or before a second.
  private static func value(_ values: [Int64], _ rows: [(Int, Int64)], at second: Int64) -> Int64 {
    rows.last { $0.1 <= second }.map { values[$0.0] } ?? 0
  }

  /// Total at a second, rising evenly between two rows, whole units only.
  private static func gained(_ total: [Int64], _ rows: [(Int, Int64)], at second: Int64) -> Int64 {
    guard let old = rows.last(where: { $0.1 <= second }) else { return 0 }
    guard let new = rows.first(where: { $0.1 > second }) else { return total[old.0] }
    return total[old.0] + (total[new.0] - total[old.0]) * (second - old.1) / (new.1 - old.1)
  }

  @Test func tenSecondsCostLittle() throws {
    let rows = Self.rows(seed: 3, count: 65_536)
    let rollups = try #require(RollupBuilder.rollups(of: rows))
    let bytes = RollupBlock.encode(rollups, timeUnit: 1000)
    #expect(Double(bytes.count) / 65_536 <= 0.14, "a power that steps every ten minutes")
  }

  /// SF-R10.
  @Test func anotherKindIsNoDamage() throws {
    let rollups = try #require(RollupBuilder.rollups(of: Self.rows(seed: 1, count: 500)))
    var bytes = RollupBlock.encode(rollups, timeUnit: 1000)
    bytes[0] = 9
    #expect(try RollupBlock.decode(bytes[...], rowCount: 500) == nil)
  }

  /// SF-R12.
  @Test func hostileBytesNeverTrap() throws {
    var random = SeededGenerator(seed: 5)
    let rollups = try #require(RollupBuilder.rollups(of: Self.rows(seed: 2, count: 3000, faults: true)))
    let bytes = RollupBlock.encode(rollups, timeUnit: 1000)
    for count in 0..<bytes.count {
      for detail in [RollupDetail.hours, .halves, .cells] {
        _ = try? RollupBlock.decode(bytes.prefix(count), rowCount: 3000, detail: detail)
      }
    }
    for _ in 0..<5000 {
      var broken = bytes
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        broken[Int.random(in: 1..<broken.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      if let found = try? RollupBlock.decode(broken[...], rowCount: 3000) {
        // However wrong they are, the streams never say different things.
        #expect(try RollupBlock.decode(broken[...], rowCount: 3000, detail: .halves) == found.byHours)
        var end = Int64.min
        for run in found.runs {
          #expect(run.first.time.milliseconds >= end && run.last.time >= run.first.time)
          #expect(
            found.counters[0].cells[run.cells].allSatisfy { $0.rowCount > 0 && $0.energy >= 0 && $0.peak >= $0.lowest })
          end = run.last.time.milliseconds
        }
        #expect(found.runs.reduce(0) { $0 + $1.rowCount } == 3000)
      }
    }
    for _ in 0..<5000 {
      let noise = bytes.prefix(18) + (0..<60).map { _ in UInt8.random(in: 0...255, using: &random) }
      _ = try? RollupBlock.decode(noise, rowCount: 3000)
    }
  }

  /// SF-R6: what the firmware drops at midnight is no doubt, any other fall is.
  @Test(arguments: [0, 1, 2, 3] as [Int64]) func aFallAtMidnightEndsARunOnly(fall: Int64) throws {
    var rows = Self.rows(seed: 5, count: 8000)
    let clock = try #require(rows.column(.time)).values
    let midnight = try #require(clock.indices.dropFirst().first { clock[$0] / 86_400 > clock[$0 - 1] / 86_400 })
    let gained = rows.columns[2].values[midnight] - rows.columns[2].values[midnight - 1]
    for row in midnight..<rows.rowCount {
      rows.columns[2].values[row] -= gained + fall
      rows.columns[3].values[row] -= rows.columns[3].values[midnight - 1]
      rows.columns[4].values[row] += 1
    }
    let singles = try #require(RollupBuilder.rollups(of: rows)).runs.filter { $0.rowCount == 1 }.count
    #expect(singles == (fall <= 2 ? 0 : 3))
    let before = try #require(RollupBuilder.rollups(of: rows, kind: .cells)).runs.filter { $0.rowCount == 1 }.count
    #expect(before == (fall == 0 ? 0 : 3))
  }

  /// SF-R48.
  @Test(arguments: [0, 3600, -12_600] as [Int64], [0, 1, 2, 40] as [Int64])
  func whatWasHeldUpOverMidnightIsARunOfItsOwn(zone: Int64, lateness: Int64) throws {
    var rows = Self.rows(seed: 5, count: 20_000)
    let clock = try #require(rows.columns.firstIndex { $0.field.key == .time })
    // A clock of the zone, and the three messages before each midnight come late; no other passes it.
    var heldUp: [Int] = []
    for row in rows.times.indices {
      let second = rows.times[row].seconds
      rows.columns[clock].values[row] = second + zone
      let left = 86_400 - (second + zone).flooringRemainder(86_400)
      guard left <= 30 else { continue }
      rows.times[row] = Timestamp(seconds: second + left - 1 + lateness)
      if lateness > 0 { heldUp.append(row) }
    }
    rows.times.sort()
    let runs = try #require(RollupBuilder.rollups(of: rows)).runs
    var start = 0
    for run in runs {
      if run.rowCount > 1 { #expect(heldUp.allSatisfy { $0 < start || $0 >= start + run.rowCount }) }
      start += run.rowCount
    }
    // Nothing else changes: runs of the earlier kind are these, put together.
    let before = try #require(RollupBuilder.rollups(of: rows, kind: .hours)).runs
    if lateness == 0 { #expect(before == runs) }
    #expect(runs.filter { $0.rowCount > 1 }.count >= 2)
  }

  /// SF-R1: what no counter stands beside is not told.
  @Test func aPowerOfAnotherChannelTellsNothing() {
    var rows = Self.rows(seed: 1, count: 500)
    rows.columns[2].field.channel = 1
    #expect(RollupBuilder.rollups(of: rows) == nil)
  }
}
