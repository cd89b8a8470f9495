import EnergyAccounting
import Readings
import Testing

/// Numbers whose written form changes: zeros that were cut off, exponents, several false readings, SetOption129.
struct CounterFormTests {
  typealias Message = MeterFixture.Message

  /// Rows as `mosquitto_sub -F %J` prints them: each number without zeros at its end.
  private func trimmed(_ rows: ReadingColumns) -> ReadingColumns {
    var result = ReadingColumns(times: rows.times)
    for column in rows.columns {
      guard let places = column.field.form.decimalPlaces, column.field.key != .power else {
        result.columns.append(column)
        continue
      }
      for count in 0...places {
        let values = column.values.map { value -> Int64 in
          var (mantissa, digits) = (value, places)
          while digits > 0, mantissa % 10 == 0 { (mantissa, digits) = (mantissa / 10, digits - 1) }
          return digits == count ? mantissa : ReadingColumns.absent
        }
        guard values.contains(where: { $0 != ReadingColumns.absent }) else { continue }
        result.columns.append(.init(field: Field(column.field.key, .decimal(count)), values: values))
      }
    }
    return result
  }

  private func ledger(_ rows: [ReadingColumns], cuts: [Int64]) -> DeviceLedger {
    var account = MeterAccount(cutPoints: CutPoints(cuts.map(MeterFixture.at)))
    for rows in rows { account.add(rows, device: MeterFixture.device) }
    return account.finish()
  }

  /// The finest digits seen are the counter's, however many zeros were cut off.
  @Test(arguments: [3, 5]) func zerosThatWereCutOffChangeNoFigure(places: Int) {
    let messages = (0..<100).map {
      Message(36_000 + 300 * $0, 2_650_050 + 50_017 * $0, today: 350_050 + 50_017 * $0, yesterday: 80, power: 600)
    }
    let rows = MeterFixture.rows(messages, places: places)
    let cuts = (10...19).map { Int64($0) * 3600 }
    let asSent = ledger([rows], cuts: cuts)
    #expect(ledger([trimmed(rows)], cuts: cuts).channels == asSent.channels)
    #expect(asSent.channels[0].counterPlaces == places)
  }

  /// A message alone tells fewer digits than the counter has.
  @Test func aBlockOfTrimmedNumbersIsNotCoarser() {
    func rows(_ second: Int64, _ totals: [Int64]) -> ReadingColumns {
      MeterFixture.rows(
        totals.enumerated().map { Message(second + 1800 * Int64($0), $1, today: $1 - 1000, yesterday: 801, power: 600) }
      )
    }
    let all = [rows(36_000, [2101, 2401]), rows(39_600, [2700]), rows(41_400, [3000, 3301])].map(trimmed)
    #expect(ledger(all, cuts: [36_000, 38_700, 40_500, 43_200]).wattHours == [449, 300, 451])
  }

  @Test func anExponentIsANumber() {
    func text(_ key: FieldKey, _ texts: [String]) -> ReadingColumns.Column {
      .init(field: Field(key, .verbatim), values: texts.indices.map(Int64.init), texts: texts)
    }
    var rows = MeterFixture.rows((0..<3).map { Message(36_000 + 60 * $0, nil, power: 20) })
    rows.columns += [
      text(.total, ["1.2e1", "1.2001E+1", "12002e-3"]), text(.today, ["2e-05", "1.02e-3", "0.00202"]),
      text(.yesterday, ["-0", "0e0", "0"]),
    ]
    let ledger = ledger([rows], cuts: [0, 86_400])
    #expect(ledger.channels[0].buckets[0].energy == Energy(milliwattHours: 2000))
    #expect(ledger.decisions.isEmpty)
  }

  /// Several false readings, in which Today is as wrong as Total, are a glitch when the counter comes back.
  @Test(arguments: [1, 2, 3, 7] as [Int64]) func falseReadingsOfTodayToo(count: Int64) {
    let rows = (Int64(0)..<30).map { place in
      let wrong: Int64 = (10..<10 + count).contains(place) ? 9_013_000 : 0
      return Message(
        36_000 + 300 * place, 1_012_300 + 42 * place + wrong, today: 1200 + 42 * place + wrong, yesterday: 3200,
        power: 500)
    }
    let ledger = MeterFixture.ledger(rows)
    #expect(ledger.totalWattHours == 29 * 42)
    #expect(ledger.decisions == [.glitch])
  }

  /// At midnight each phase loses up to 1 Wh of the one Total that stands for all (xdrv_03_energy, Energy->total).
  @Test(arguments: [10, 300] as [Int64], [900, 2100, 2999] as [Int64])
  func eachPhaseLosesItsPartAtMidnight(period: Int64, dropped: Int64) throws {
    func column(_ key: FieldKey, _ channel: UInt8, _ places: Int, _ values: [Int64]) -> ReadingColumns.Column {
      .init(field: Field(key, channel: channel, .decimal(places)), values: values)
    }
    // In mWh: 1,800 W, a reading in the second of midnight among them.
    let seconds = stride(from: 86_400 - 40 * period, to: 86_400 + 40 * period, by: Int(period)).map(\.self)
    let used = seconds.map { 500 * $0 }
    let whole: Int64 = 500 * 86_400
    let rows = ReadingColumns(
      times: seconds.map(MeterFixture.at),
      columns: [
        .init(field: Field(.time, .clock), values: seconds.map { MeterFixture.origin + $0 }),
        column(.total, 0, 5, zip(seconds, used).map { (90_000_000 + $1 - ($0 >= 86_400 ? dropped : 0)) / 10 }),
        column(.today, 0, 5, zip(seconds, used).map { ($0 >= 86_400 ? $1 - whole : $1) / 10 }),
        column(.yesterday, 0, 5, seconds.map { ($0 >= 86_400 ? whole : 9_000_000) / 10 }),
      ] + [UInt8(1), 2, 3].map { column(.power, $0, 0, seconds.map { _ in 600 }) })
    var account = MeterAccount(cutPoints: CutPoints([-1_000_000, 86_400, 1_000_000].map(MeterFixture.at)))
    account.add(rows, device: MeterFixture.device)
    let ledger = account.finish()
    let days = try #require(ledger.channels.first).buckets.map(\.energy.milliwattHours)
    #expect(days == [whole - used[0], used[used.count - 1] - whole])
    #expect(ledger.decisions.isEmpty)
    #expect(ledger.channels.first?.plugDays.count == 1)
  }

  /// False readings over the plug's midnight, and of a plug that speaks once an hour: each day has what it used.
  @Test(arguments: [300, 600, 3600] as [Int64], [1, 2, 4, 6] as [Int64])
  func falseReadingsOverMidnight(period: Int64, count: Int64) {
    let places = (-40 as Int64)..<40
    for first in -count...1 {
      let wrong = first..<first + count
      let rows = places.map { place in
        let isNext = place >= 0
        let used = 4000 + 42 * place
        let offset: Int64 = wrong.contains(place) ? 9_013_000 : 0
        return Message(
          86_400 + period * place, 9_013_000 + used + offset, today: (isNext ? used - 4000 : used) + offset,
          yesterday: isNext ? 4000 : 8000, clock: 86_400 + period * place, power: 500 * 300 / period)
      }.filter { period < 3600 || (0..<2 * 86_400).contains($0.second) }
      let start = (rows[0].second - 86_400) / period
      let end = (rows[rows.count - 1].second - 86_400) / period
      let ledger = MeterFixture.ledger(rows, cuts: [-1_000_000, 86_400, 1_000_000])
      #expect(ledger.wattHours == [-42 * start, 42 * end], "\(period) s, \(wrong)")
      #expect(ledger.decisions == [.glitch], "\(period) s, \(wrong)")
      // An account that goes on for as long as a recorder runs forgets what it told, whenever that is.
      var account = MeterAccount(cutPoints: CutPoints([-1_000_000, 86_400, 1_000_000].map(MeterFixture.at)))
      for row in rows {
        account.add(MeterFixture.rows([row]), device: MeterFixture.device)
        account.keepEnergies()
      }
      #expect(account.finish().wattHours == ledger.wattHours, "\(period) s, \(wrong)")
    }
  }

  /// False readings that a limit allows, or that look like a power cut: what follows them tells.
  @Test(
    arguments: [(3600, 30_000), (3600, 90_000), (300, -2000), (60, -1500), (300, -200), (60, -40)] as [(Int64, Int64)],
    1...3)
  func falseReadingsThatFirstLookSound(_ glitch: (period: Int64, offset: Int64), count: Int) {
    let (period, offset) = glitch
    // Of a few watt-hours two that agree are believed: the way back is what a plug may draw.
    let wrong = 10..<10 + (abs(offset) < 1000 ? 1 : count)
    let rows = (0..<20).map { place in
      let used = 42 * Int64(place) * period / 300
      let shift = wrong.contains(place) ? offset : 0
      return Message(
        3600 + period * Int64(place), 9_016_000 + used + shift, today: 3000 + used + shift, yesterday: 8000, power: 504)
    }
    let ledger = MeterFixture.ledger(rows)
    #expect(ledger.totalWattHours == 42 * 19 * period / 300)
    #expect(ledger.decisions == [.glitch])
  }

  /// SetOption129 within one run of rows, on and off again.
  @Test func aFormThatChangesWithinARunLosesNothing() {
    func column(_ key: FieldKey, _ channel: UInt8, _ values: [Int64?]) -> ReadingColumns.Column {
      .init(field: Field(key, channel: channel, .decimal(3)), values: values.map { $0 ?? ReadingColumns.absent })
    }
    let seconds = (0..<30).map { Int64($0) * 300 }
    let isEach = { (row: Int) in (10..<20).contains(row) }
    var columns: [ReadingColumns.Column] = [
      .init(field: Field(.time, .clock), values: seconds.map { MeterFixture.origin + 36_000 + $0 })
    ]
    for (key, base) in [(FieldKey.total, Int64(10_000)), (.today, 400)] {
      let (one, two) = (seconds.indices.map { base + 10 * Int64($0) }, seconds.indices.map { base / 2 + 5 * Int64($0) })
      columns.append(column(key, 0, seconds.indices.map { isEach($0) ? nil : one[$0] + two[$0] }))
      columns.append(column(key, 1, seconds.indices.map { isEach($0) ? one[$0] : nil }))
      columns.append(column(key, 2, seconds.indices.map { isEach($0) ? two[$0] : nil }))
    }
    let rows = ReadingColumns(times: seconds.map { MeterFixture.at(36_000 + $0) }, columns: columns)
    let ledger = ledger([rows], cuts: [0, 86_400])
    #expect(ledger.channels.map(\.channel) == [nil, 1, 2])
    #expect(ledger.channels.reduce(0) { $0 + $1.buckets[0].energy.milliwattHours } == 29 * 15_000)
    #expect(ledger.decisions.isEmpty)
  }
}
