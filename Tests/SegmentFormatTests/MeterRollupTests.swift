import Readings
import SegmentFormat
import TestSupport
import Testing

/// Rollups of meters as bytes: channels, phases and what is given back say what the rows say.
struct MeterRollupTests {
  struct Meter: Sendable, CustomTestStringConvertible {
    /// With a counter each; 1 for one counter of the whole plug.
    var channels = 1
    /// Powers of the one counter.
    var phases = 1
    var export: Export?
    var testDescription: String { "\(channels) channels, \(phases) phases, \(export.map { "\($0)" } ?? "one way")" }
  }

  enum Export { case register, backwards }

  static let meters: [Meter] = [
    Meter(channels: 2), Meter(channels: 4, export: .backwards), Meter(phases: 3), Meter(phases: 2, export: .register),
    Meter(export: .register), Meter(export: .backwards), Meter(channels: 3, export: .register),
  ]

  static func rows(_ meter: Meter, seed: UInt64, count: Int, period: Int64) -> ReadingColumns {
    var random = SeededGenerator(seed: seed)
    var rows = ReadingColumns()
    let channels = meter.channels > 1 ? (1...UInt8(meter.channels)).map { $0 } : [0]
    let powerChannels = meter.phases > 1 ? (1...UInt8(meter.phases)).map { $0 } : channels
    var fields = [Field(.time, .clock)]
    for channel in channels {
      fields += [FieldKey.total, .today, .yesterday].map { Field($0, channel: channel, .decimal(3)) }
      if meter.export == .register { fields.append(Field(.exportActive, channel: channel, .decimal(3))) }
    }
    fields += powerChannels.map { Field(.power, channel: $0, .decimal(0)) }
    rows.columns = fields.map { ReadingColumns.Column(field: $0, values: []) }
    var time: Int64 = 1_790_000_000
    let range: ClosedRange<Int64> = meter.export == nil ? 0...900 : -900...900
    var powers = powerChannels.map { _ in Int64.random(in: range, using: &random) }
    // Watt-seconds.
    var used = channels.map { _ in 500_000_000 as Int64 }
    var given = channels.map { _ in 0 as Int64 }
    for _ in 0..<count {
      let step = period + (Int.random(in: 0..<50, using: &random) == 0 ? 1 : 0)
      time += step
      for place in channels.indices {
        let power = meter.phases > 1 ? powers.reduce(0, +) : powers[place]
        if power > 0 || meter.export == .backwards { used[place] += power * step } else { given[place] -= power * step }
      }
      for place in powers.indices where Int.random(in: 0..<60, using: &random) == 0 {
        powers[place] = Int64.random(in: range, using: &random)
      }
      rows.times.append(Timestamp(seconds: time))
      var values = [time]
      for place in channels.indices {
        let wattHours = used[place] / 3600
        values += [40_000 + wattHours, wattHours - 90_000, 417]
        if meter.export == .register { values.append(given[place] / 3600) }
      }
      for (column, value) in (values + powers).enumerated() { rows.columns[column].values.append(value) }
    }
    return rows
  }

  /// SF-R13, SF-R45, SF-R47.
  @Test(arguments: meters, [10, 60, 300] as [Int64])
  func roundTripIsExact(meter: Meter, period: Int64) throws {
    let rows = Self.rows(meter, seed: UInt64(period), count: 4000, period: period)
    let rollups = try #require(RollupBuilder.rollups(of: rows))
    #expect(rollups.counters.count == meter.channels)
    try RollupBlockTests.goThroughBytes(rollups, rowCount: rows.rowCount)
    let bytes = RollupBlock.encode(rollups, timeUnit: 1000)
    #expect(bytes[0] == RollupBlock.Kind.punctualCounters.rawValue)
    #expect(rollups.runs.contains { $0.rowCount > 50 })
    #expect(bytes.count < rows.rowCount * meter.channels * (period < 300 ? 1 : 4))
  }

  /// SF-R43, SF-R44, SF-R46: each figure from the rows alone, in the plainest way.
  @Test(arguments: meters, [10, 300] as [Int64])
  func unitsOfTimeSayWhatTheirRowsSay(meter: Meter, period: Int64) throws {
    let rows = Self.rows(meter, seed: UInt64(period) + 1, count: 3000, period: period)
    let rollups = try #require(RollupBuilder.rollups(of: rows))
    for series in rollups.counters + rollups.byHours.counters {
      func values(_ key: FieldKey) -> [[Int64]] {
        rows.columns.filter {
          $0.field.key == key && ($0.field.channel == series.form.channel || key == .power && meter.phases > 1)
        }.map(\.values)
      }
      let total = try #require(values(.total).first)
      let powers = values(.power)
      let register = values(.exportActive).first
      var row = 0
      for run in series.runs {
        defer { row += run.rowCount }
        guard run.rowCount > 1 else { continue }
        let own = Array(row..<row + run.rowCount)
        // Sums of steps forward and back since the first row.
        var (forward, back) = ([0] as [Int64], [0] as [Int64])
        for next in own.dropFirst() {
          let gained = total[next] - total[next - 1]
          forward.append(forward[forward.count - 1] + max(gained, 0))
          back.append(back[back.count - 1] + (register.map { $0[next] - $0[next - 1] } ?? max(-gained, 0)))
        }
        func gained(_ sums: [Int64], from start: Int64, to end: Int64) -> Int64 {
          func at(_ second: Int64) -> Int64 {
            let place = own.lastIndex { rows.times[$0].seconds <= second } ?? 0
            guard place + 1 < own.count else { return sums[place] }
            let (old, new) = (rows.times[own[place]].seconds, rows.times[own[place + 1]].seconds)
            return sums[place] + (sums[place + 1] - sums[place]) * (second - old) / (new - old)
          }
          return at(end) - at(start)
        }
        func drawn(_ power: [Int64], from start: Int64, to end: Int64) -> Int64 {
          own.dropLast().reduce(0) { sum, old in
            let held = min(rows.times[old + 1].seconds, end) - max(rows.times[old].seconds, start)
            return sum + power[old] * max(held, 0)
          }
        }
        let (first, last) = (run.first.time.seconds, run.last.time.seconds)
        func units(_ length: Int64) -> [Range<Int64>] {
          (first / length...last / length).map { max($0 * length, first)..<max(min(($0 + 1) * length, last), first) }
        }
        for (cell, unit) in zip(series.cells[run.cells], units(series.form.cellLength / 1000)) {
          #expect(cell.energy == gained(forward, from: unit.lowerBound, to: unit.upperBound) * 1000)
          #expect(
            cell.export == (meter.export == nil ? 0 : gained(back, from: unit.lowerBound, to: unit.upperBound) * 1000))
          let sum = powers.reduce(0) { $0 + drawn($1, from: unit.lowerBound, to: unit.upperBound) }
          #expect(cell.powerTime == sum * 1_000_000)
        }
        if !run.halves.isEmpty, meter.export != nil {
          let halves = units(1800).map { gained(back, from: $0.lowerBound, to: $0.upperBound) * 1000 }
          #expect(Array(series.halfExports[run.halves]) == halves)
        }
        guard meter.phases > 1 else { continue }
        let phases = units(series.form.phaseLength / 1000).flatMap { unit in
          powers.map { drawn($0.map { max($0, 0) }, from: unit.lowerBound, to: unit.upperBound) * 1_000_000 }
        }
        #expect(Array(series.phases[run.phases]) == phases)
      }
    }
  }

  /// SF-R12, SF-R13.
  @Test(arguments: meters) func hostileBytesNeverTrap(meter: Meter) throws {
    var random = SeededGenerator(seed: 6)
    let rollups = try #require(RollupBuilder.rollups(of: Self.rows(meter, seed: 3, count: 1500, period: 20)))
    let bytes = RollupBlock.encode(rollups, timeUnit: 1000)
    for count in 0..<bytes.count { #expect((try? RollupBlock.decode(bytes.prefix(count), rowCount: 1500)) != rollups) }
    for _ in 0..<2000 {
      var broken = bytes
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        broken[Int.random(in: 1..<broken.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      guard let found = try? RollupBlock.decode(broken[...], rowCount: 1500) else { continue }
      #expect(try RollupBlock.decode(broken[...], rowCount: 1500, detail: .halves) == found.byHours)
      for series in found.counters {
        #expect(series.runs.map(\.rowCount) == found.runs.map(\.rowCount))
        #expect(series.cells.allSatisfy { $0.rowCount > 0 && $0.energy >= 0 && $0.export >= 0 })
        #expect(series.phases.allSatisfy { $0 >= 0 } && series.phasePowers.allSatisfy { $0 >= 0 })
      }
    }
  }

  /// SF-R1: a plug that gives back writes -0.000 in the morning.
  @Test func negativeZerosAreZero() throws {
    var rows = Self.rows(Meter(export: .backwards), seed: 8, count: 500, period: 10)
    let (today, power) = (2, 4)
    for row in 200..<300 { (rows.columns[today].values[row], rows.columns[power].values[row]) = (0, 0) }
    let expected = try #require(RollupBuilder.rollups(of: rows))
    for (column, text) in [(today, "-0.000"), (power, "-0")] {
      var texts = ReadingColumns.Column(
        field: Field(rows.columns[column].field.key, .verbatim),
        values: [Int64](repeating: ReadingColumns.absent, count: 500))
      texts.texts = [text]
      for row in [220, 240, 241] {
        texts.values[row] = 0
        rows.columns[column].values[row] = ReadingColumns.absent
      }
      rows.columns.append(texts)
    }
    #expect(RollupBuilder.rollups(of: rows) == expected && expected.runs.allSatisfy(\.isTold))
  }

  /// SF-R1: a few rows in another form end runs and are not told, the others are.
  @Test func rowsOfAnotherFormAreNotTold() throws {
    var rows = Self.rows(Meter(phases: 3), seed: 4, count: 2000, period: 10)
    rows.columns.append(
      .init(field: Field(.power, .decimal(0)), values: [Int64](repeating: ReadingColumns.absent, count: 2000)))
    for row in 700..<703 { rows.columns[rows.columns.count - 1].values[row] = 0 }
    let rollups = try #require(RollupBuilder.rollups(of: rows))
    let untold = rollups.runs.filter { !$0.isTold }.map(\.rowCount)
    #expect(untold == [3] && rollups.counters[0].form.phaseCount == 3)
  }
}
