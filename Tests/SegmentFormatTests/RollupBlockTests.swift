import Readings
import SegmentFormat
import TestSupport
import Testing

/// Rollups as bytes: nothing is lost, and nothing that a file may hold does harm.
struct RollupBlockTests {
  /// A plug with a counter of 1 Wh, TelePeriod 10 s and steps of power now and then.
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
      time += period + (Int.random(in: 0..<50, using: &random) == 0 ? 1 : 0)
      if faults, Int.random(in: 0..<400, using: &random) == 0 { time += Int64.random(in: 0...9000, using: &random) }
      used += power * period * 1000
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

  @Test(arguments: UInt64(1)...30)
  func roundTripIsExact(seed: UInt64) throws {
    let period: Int64 = [10, 30, 300][Int(seed % 3)]
    let rows = Self.rows(seed: seed, count: 40 * Int(seed * seed), period: period, faults: seed % 2 == 0)
    let series = try #require(RollupBuilder.series(of: rows))
    let bytes = RollupBlock.encode(series, timeUnit: 1000)
    #expect(try RollupBlock.decode(bytes[...], rowCount: rows.rowCount) == series)
    let counted = series.rollups.reduce(0) { $0 + $1.count }
    #expect(counted <= rows.rowCount && (seed % 2 == 0 || counted == rows.rowCount))
  }

  @Test func tenSecondsCostLittle() throws {
    let rows = Self.rows(seed: 3, count: 65_536)
    let series = try #require(RollupBuilder.series(of: rows))
    let bytes = RollupBlock.encode(series, timeUnit: 1000)
    #expect(Double(bytes.count) / 65_536 <= 0.15, "a power that steps every ten minutes")
  }

  @Test func anotherKindIsNoDamage() throws {
    let series = try #require(RollupBuilder.series(of: Self.rows(seed: 1, count: 500)))
    var bytes = RollupBlock.encode(series, timeUnit: 1000)
    bytes[0] = 9
    #expect(try RollupBlock.decode(bytes[...], rowCount: 500) == nil)
  }

  @Test func hostileBytesNeverTrap() throws {
    var random = SeededGenerator(seed: 5)
    let series = try #require(RollupBuilder.series(of: Self.rows(seed: 2, count: 3000, faults: true)))
    let bytes = RollupBlock.encode(series, timeUnit: 1000)
    for count in 0..<min(bytes.count, 300) { _ = try? RollupBlock.decode(bytes.prefix(count), rowCount: 3000) }
    for _ in 0..<3000 {
      var broken = bytes
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        broken[Int.random(in: 1..<broken.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      if let found = try? RollupBlock.decode(broken[...], rowCount: 3000) {
        var end = Int64.min
        for rollup in found.rollups {
          #expect(rollup.first.time.milliseconds > end && rollup.last.time >= rollup.first.time)
          end = rollup.last.time.milliseconds
        }
      }
    }
    for _ in 0..<2000 {
      let noise = [1] + (0..<60).map { _ in UInt8.random(in: 0...255, using: &random) }
      _ = try? RollupBlock.decode(noise[...], rowCount: 3000)
    }
  }

  @Test func plugsOfSeveralCountersHaveNone() {
    var rows = Self.rows(seed: 1, count: 500)
    rows.columns[2].field.channel = 1
    #expect(RollupBuilder.series(of: rows) == nil)
  }
}
