import Readings

/// The columns that rollups are made of: one of each, in one written form (SF-R1).
struct RollupColumns {
  private let rows: ReadingColumns
  private let total, today, yesterday, power, clock: Int
  private let startTime: Int?
  /// Its cell length is not known here.
  let form: RollupSeries.Form

  init?(_ rows: ReadingColumns) {
    var found: [FieldKey: Int] = [:]
    for (index, column) in rows.columns.enumerated() {
      let field = column.field
      switch field.key {
      case .total, .today, .yesterday, .power, .time, .totalStartTime:
        guard field.channel == 0, found[field.key] == nil else { return nil }
        found[field.key] = index
      case .exportActive: return nil
      default: break
      }
    }
    func places(_ index: Int, _ limit: Int) -> Int? {
      rows.columns[index].field.form.decimalPlaces.flatMap { $0 <= limit ? $0 : nil }
    }
    guard let total = found[.total], let today = found[.today], let yesterday = found[.yesterday],
      let power = found[.power], let clock = found[.time], let totalPlaces = places(total, 6),
      let todayPlaces = places(today, 6), let yesterdayPlaces = places(yesterday, 6),
      let powerPlaces = places(power, 3),
      let clockUnits = rows.columns[clock].field.form.clockUnitsPerSecond
    else { return nil }
    startTime = found[.totalStartTime]
    var startTimeUnit: Int64 = 0
    if let startTime {
      guard let units = rows.columns[startTime].field.form.clockUnitsPerSecond else { return nil }
      startTimeUnit = 1000 / units
    }
    (self.total, self.today, self.yesterday, self.power, self.clock) = (total, today, yesterday, power, clock)
    self.rows = rows
    form = RollupSeries.Form(
      cellLength: 0, totalPlaces: totalPlaces, todayPlaces: todayPlaces, yesterdayPlaces: yesterdayPlaces,
      powerPlaces: powerPlaces, clockUnit: 1000 / clockUnits, startTimeUnit: startTimeUnit)
  }

  func withTable<Result>(_ body: (RollupTable) -> Result) -> Result {
    func values(_ index: Int) -> [Int64] { rows.columns[index].values }
    let starts = startTime.map(values) ?? []
    return rows.times.withUnsafeBufferPointer { times in
      values(total).withUnsafeBufferPointer { total in
        values(today).withUnsafeBufferPointer { today in
          values(yesterday).withUnsafeBufferPointer { yesterday in
            values(power).withUnsafeBufferPointer { power in
              values(clock).withUnsafeBufferPointer { clock in
                starts.withUnsafeBufferPointer { starts in
                  times.withMemoryRebound(to: Int64.self) { times in
                    body(
                      RollupTable(
                        times: times, total: total, today: today, yesterday: yesterday, power: power, clocks: clock,
                        startTimes: starts, units: RollupUnits(form, timeUnit: 1)))
                  }
                }
              }
            }
          }
        }
      }
    }
  }
}

/// Those columns, a row at a time, as they stand in the block.
struct RollupTable {
  /// Milliseconds.
  let times: UnsafeBufferPointer<Int64>
  let total, today, yesterday, power: UnsafeBufferPointer<Int64>
  private let clocks, startTimes: UnsafeBufferPointer<Int64>
  /// What the numbers of a row are; times are whole milliseconds.
  let units: RollupUnits
  private let mostTotal, mostToday, mostYesterday, mostPower, mostClock: Int64

  init(
    times: UnsafeBufferPointer<Int64>, total: UnsafeBufferPointer<Int64>, today: UnsafeBufferPointer<Int64>,
    yesterday: UnsafeBufferPointer<Int64>, power: UnsafeBufferPointer<Int64>, clocks: UnsafeBufferPointer<Int64>,
    startTimes: UnsafeBufferPointer<Int64>, units: RollupUnits
  ) {
    (self.times, self.total, self.today, self.yesterday) = (times, total, today, yesterday)
    (self.power, self.clocks, self.startTimes) = (power, clocks, startTimes)
    self.units = units
    mostTotal = RollupBounds.largest / units.total
    mostToday = RollupBounds.largest / units.today
    mostYesterday = RollupBounds.largest / units.yesterday
    mostPower = RollupBounds.largest / units.power
    mostClock = RollupBounds.largest / 1000
  }

  var count: Int { times.count }

  func clock(_ row: Int) -> Int64 { clocks[row] &* units.clock }
  func day(_ row: Int) -> Int64 { clock(row).flooringQuotient(86_400_000) }
  /// In its own units; 0 where the plug sends none.
  func startTime(_ row: Int) -> Int64 { startTimes.isEmpty ? 0 : startTimes[row] }

  /// No number is absent or beyond what accounting takes for one (SF-R3).
  func isSound(_ row: Int) -> Bool {
    func lies(_ value: Int64, _ bound: Int64) -> Bool { value <= bound && value >= -bound }
    return lies(total[row], mostTotal) && lies(today[row], mostToday) && lies(yesterday[row], mostYesterday)
      && lies(power[row], mostPower) && lies(clocks[row], mostClock) && lies(startTime(row), mostClock)
      && lies(times[row], RollupBounds.largest)
  }

  /// May a run of several rows begin here?
  func canBegin(_ row: Int) -> Bool {
    clock(row) >= FirmwareFacts.firstValidClock && power[row] >= 0 && power[row] <= units.largestPower
  }

  func row(_ row: Int) -> RollupRun.Row {
    RollupRun.Row(
      time: Timestamp(milliseconds: times[row]), total: total[row] * units.total, today: today[row] * units.today,
      yesterday: yesterday[row] * units.yesterday,
      startTime: startTimes.isEmpty ? ReadingColumns.absent : startTimes[row] * units.startTime, clock: clock(row),
      power: power[row] * units.power)
  }
}
