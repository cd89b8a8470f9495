import Calendar
import Readings

/// The columns of one counter in whole units, a few thousand rows at a time.
struct CounterLane {
  static let capacity = 4096

  var count = 0
  var time: [Int64]
  var total: [Int64]
  var today: [Int64]
  var yesterday: [Int64]
  var startTime: [Int64]
  var clock: [Int64]
  var power: [Int64]
  var export: [Int64]
  /// The most digits that an energy of the row was printed with.
  var places: [Int8]
  /// How many phases or channels the counter sums.
  var phases: Int64 = 1
  var hasExport = false
  var hasClock = false
  /// Which rows' clocks tell UTC seconds; empty without any.
  private var isUTC: [Bool] = []

  /// Room for the rows of a run, or for as many as fit.
  init(rowCount: Int) {
    let empty = [Int64](repeating: CounterPoint.absent, count: min(rowCount, CounterLane.capacity))
    time = empty
    total = empty
    today = empty
    yesterday = empty
    startTime = empty
    clock = empty
    power = empty
    export = empty
    places = [Int8](repeating: 3, count: empty.count)
  }

  func point(_ row: Int) -> CounterPoint {
    var point = CounterPoint(time: time[row])
    point.total = total[row]
    point.today = today[row]
    point.yesterday = yesterday[row]
    point.startTime = startTime[row]
    point.clock = clock[row]
    point.newestClock = clock[row]
    point.hasZone = isUTC.isEmpty || !isUTC[row]
    point.power = power[row]
    point.export = export[row]
    point.places = Int(places[row])
    point.phases = phases
    return point
  }

  /// Takes rows `start` and on of a run of readings, as many as fit, and converts what `sources` names.
  ///
  /// - Parameter zone: that of a plug whose clock tells UTC seconds (`Time 3`) and so nothing of its own midnight.
  mutating func fill(from rows: ReadingColumns, start: Int, sources: CounterSources, zone: TimeZoneRules?) {
    count = min(CounterLane.capacity, rows.rowCount - start)
    for row in 0..<count { time[row] = rows.times[start + row].milliseconds }
    CounterLane.fill(&total, count, rows, start, sources.total, target: 6)
    CounterLane.fill(&today, count, rows, start, sources.today, target: 6)
    CounterLane.fill(&yesterday, count, rows, start, sources.yesterday, target: 6)
    CounterLane.fill(&export, count, rows, start, sources.export, target: 6)
    CounterLane.fill(&power, count, rows, start, sources.power, target: 3)
    CounterLane.fillClock(&startTime, count, rows, start, sources.startTime)
    CounterLane.fillClock(&clock, count, rows, start, sources.clock)
    isUTC = []
    for index in sources.clock where CounterLane.tellsUTC(rows.columns[index]) {
      put(onClockOf: zone, rows.columns[index], start)
    }
    fillPlaces(rows, start, sources)
    phases = Int64(max(sources.power.count, 1))
    hasExport = !sources.export.isEmpty
    hasClock = !sources.clock.isEmpty
  }

  /// Zeros at the end may have been cut off a number: the finest of a row's energies tells most of its resolution.
  private mutating func fillPlaces(_ rows: ReadingColumns, _ start: Int, _ sources: CounterSources) {
    let columns = (sources.total + sources.today + sources.yesterday).map { rows.columns[$0] }
    let forms = Set(columns.map(\.field.form))
    if forms.count == 1, let only = forms.first?.decimalPlaces {
      for row in 0..<count { places[row] = Int8(min(only, 6)) }
      return
    }
    for row in 0..<count { places[row] = -1 }
    for column in columns {
      for row in 0..<count {
        let value = column.values[start + row]
        guard value != ReadingColumns.absent else { continue }
        let written =
          column.field.form.decimalPlaces
          ?? (column.texts.indices.contains(Int(value)) ? WrittenNumber.parse(column.texts[Int(value)])?.places : nil)
        places[row] = max(places[row], Int8(min(written ?? 0, 6)))
      }
    }
    for row in 0..<count where places[row] < 0 { places[row] = 3 }
  }

  /// The sum of several channels.
  private static func fill(
    _ target: inout [Int64], _ count: Int, _ rows: ReadingColumns, _ start: Int, _ channels: [[Int]], target places: Int
  ) {
    fill(&target, count, rows, start, channels.first ?? [], target: places)
    for more in channels.dropFirst() {
      var other = [Int64](repeating: CounterPoint.absent, count: count)
      fill(&other, count, rows, start, more, target: places)
      for row in 0..<count where other[row] != CounterPoint.absent {
        target[row] = target[row] == CounterPoint.absent ? other[row] : target[row] + other[row]
      }
    }
  }

  /// Nothing that a plug measures comes near it (10^9 kWh, 10^9 kW, the year 30,000), and sums of a few stay in Int64.
  private static let limit: Int64 = 1_000_000_000_000_000

  private static func fill(
    _ target: inout [Int64], _ count: Int, _ rows: ReadingColumns, _ start: Int, _ columns: [Int], target places: Int
  ) {
    var isFirst = true
    for index in columns {
      let column = rows.columns[index]
      let form = column.field.form
      if let written = form.decimalPlaces {
        let factor = written <= places ? Decimal.power(places - written) : 1
        let divisor = written > places ? Decimal.power(written - places) : 1
        let bound = written <= places ? limit / factor : Int64.max
        column.values.withUnsafeBufferPointer { values in
          target.withUnsafeMutableBufferPointer { target in
            for row in 0..<count {
              let value = values[start + row]
              let isSound = value <= bound && value >= -bound
              if isSound {
                target[row] = divisor == 1 ? value &* factor : value / divisor
              } else if isFirst {
                target[row] = CounterPoint.absent
              }
            }
          }
        }
      } else if form == .verbatim {
        for row in 0..<count {
          let value = column.values[start + row]
          if value >= 0, value < Int64(column.texts.count),
            let (mantissa, written) = WrittenNumber.parse(column.texts[Int(value)])
          {
            let scaled =
              written <= places
              ? mantissa.multipliedReportingOverflow(by: Decimal.power(places - written)).partialValue
              : mantissa / Decimal.power(written - places)
            target[row] = abs(scaled) <= limit ? scaled : CounterPoint.absent
          } else if isFirst {
            target[row] = CounterPoint.absent
          }
        }
      } else {
        continue
      }
      isFirst = false
    }
    if isFirst { for row in 0..<count { target[row] = CounterPoint.absent } }
  }

  private static func fillClock(
    _ target: inout [Int64], _ count: Int, _ rows: ReadingColumns, _ start: Int, _ columns: [Int]
  ) {
    var isFirst = true
    for index in columns {
      let column = rows.columns[index]
      guard let perSecond = column.field.form.clockUnitsPerSecond ?? (tellsUTC(column) ? 1 : nil) else { continue }
      let factor = 1000 / perSecond
      for row in 0..<count {
        let value = column.values[start + row]
        if value <= limit / factor, value >= -limit / factor {
          target[row] = value &* factor
        } else if isFirst {
          target[row] = CounterPoint.absent
        }
      }
      isFirst = false
    }
    if isFirst { for row in 0..<count { target[row] = CounterPoint.absent } }
  }
}

extension CounterLane {
  /// A clock of whole seconds since 1970 (`Time 3`).
  private static func tellsUTC(_ column: ReadingColumns.Column) -> Bool { column.field.form.decimalPlaces == 0 }

  /// Seconds of UTC are put on the clock of a zone, and marked.
  private mutating func put(onClockOf zone: TimeZoneRules?, _ column: ReadingColumns.Column, _ start: Int) {
    if isUTC.isEmpty { isUTC = [Bool](repeating: false, count: count) }
    for row in 0..<count where column.values[start + row] != ReadingColumns.absent {
      isUTC[row] = true
      guard let zone, clock[row] >= FirmwareFacts.firstValidClock else { continue }
      clock[row] += Int64(zone.offset(at: Timestamp(milliseconds: clock[row]))) * 1000
    }
  }
}

extension CounterLane {
  /// The columns that the straight path reads, without bounds checks on each access: every index is below `count`,
  /// and every column has `capacity` values.
  struct Columns {
    let count: Int
    let time, total, today, yesterday, startTime, clock, power: UnsafePointer<Int64>
    let places: UnsafePointer<Int8>
  }

  borrowing func withColumns(_ body: (Columns) -> Void) {
    precondition(count <= CounterLane.capacity, "a lane holds more rows than it has room for")
    time.withUnsafeBufferPointer { time in
      total.withUnsafeBufferPointer { total in
        today.withUnsafeBufferPointer { today in
          yesterday.withUnsafeBufferPointer { yesterday in
            startTime.withUnsafeBufferPointer { startTime in
              clock.withUnsafeBufferPointer { clock in
                power.withUnsafeBufferPointer { power in
                  places.withUnsafeBufferPointer { places in
                    guard let time = time.baseAddress, let total = total.baseAddress, let today = today.baseAddress,
                      let yesterday = yesterday.baseAddress, let startTime = startTime.baseAddress,
                      let clock = clock.baseAddress, let power = power.baseAddress, let places = places.baseAddress
                    else { return }
                    body(
                      Columns(
                        count: count, time: time, total: total, today: today, yesterday: yesterday,
                        startTime: startTime, clock: clock, power: power, places: places))
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
