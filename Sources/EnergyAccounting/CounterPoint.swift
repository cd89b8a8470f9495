import Readings

/// One reading of one counter in whole units: energies in mWh, power in mW, times in ms.
struct CounterPoint {
  /// Receive time.
  var time: Int64
  var total = CounterPoint.absent
  var today = CounterPoint.absent
  var yesterday = CounterPoint.absent
  /// TotalStartTime on the plug's clock.
  var startTime = CounterPoint.absent
  /// The plug's clock: milliseconds since 1970-01-01T00:00 of that clock.
  var clock = CounterPoint.absent
  /// The furthest that the plug's clock has been, this reading included: an older one tells a late message.
  var newestClock = CounterPoint.absent
  var power = CounterPoint.absent
  /// ExportActive.
  var export = CounterPoint.absent

  static let absent = ReadingColumns.absent

  /// 2016-01-01T00:00: the firmware takes an earlier clock for one that was never set (START_VALID_TIME).
  static let validClock: Int64 = 1_451_606_400_000

  var hasClock: Bool { clock >= CounterPoint.validClock }
  var hasToday: Bool { today != CounterPoint.absent }
  var hasYesterday: Bool { yesterday != CounterPoint.absent }
  /// Days since 1970 on the plug's clock.
  var plugDay: Int64? { hasClock ? clock.flooringQuotient(86_400_000) : nil }
  /// How far the plug's clock is ahead of the receive time.
  var clockLead: Int64? { hasClock ? clock - time : nil }
  /// What the counter showed at the plug's last midnight.
  var midnightTotal: Int64 { total - today }
}

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
  var hasExport = false
  var hasClock = false

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
  }

  func point(_ row: Int) -> CounterPoint {
    CounterPoint(
      time: time[row], total: total[row], today: today[row], yesterday: yesterday[row], startTime: startTime[row],
      clock: clock[row], newestClock: clock[row], power: power[row], export: export[row])
  }

  /// Takes rows `start` and on of a run of readings, as many as fit, and converts what `sources` names.
  mutating func fill(from rows: ReadingColumns, start: Int, sources: CounterSources) {
    count = min(CounterLane.capacity, rows.rowCount - start)
    for row in 0..<count { time[row] = rows.times[start + row].milliseconds }
    CounterLane.fill(&total, count, rows, start, sources.total, target: 6)
    CounterLane.fill(&today, count, rows, start, sources.today, target: 6)
    CounterLane.fill(&yesterday, count, rows, start, sources.yesterday, target: 6)
    CounterLane.fill(&export, count, rows, start, sources.export, target: 6)
    CounterLane.fill(&power, count, rows, start, sources.power.first ?? [], target: 3)
    CounterLane.fillClock(&startTime, count, rows, start, sources.startTime)
    CounterLane.fillClock(&clock, count, rows, start, sources.clock)
    hasExport = !sources.export.isEmpty
    hasClock = sources.clock.contains { rows.columns[$0].field.form.isClock }
    for more in sources.power.dropFirst() {
      var other = [Int64](repeating: CounterPoint.absent, count: count)
      CounterLane.fill(&other, count, rows, start, more, target: 3)
      for row in 0..<count where other[row] != CounterPoint.absent {
        power[row] = power[row] == CounterPoint.absent ? other[row] : power[row] + other[row]
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
            let (mantissa, written) = DecimalText.parse(column.texts[Int(value)]), written <= 18
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
      // A clock told as UTC seconds (`Time 3`) says nothing about the plug's local midnight.
      guard let perSecond = column.field.form.clockUnitsPerSecond else { continue }
      let factor = 1000 / perSecond
      for row in 0..<count {
        let value = column.values[start + row]
        if value <= limit / 1000, value >= -limit / 1000 {
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

/// Which columns of a run of readings belong to one counter. A key has several where its written form changes.
struct CounterSources {
  var total: [Int] = []
  var today: [Int] = []
  var yesterday: [Int] = []
  var export: [Int] = []
  /// The power of each channel that the counter sums; one for a counter of its own.
  var power: [[Int]] = []
  var startTime: [Int] = []
  var clock: [Int] = []
  /// Digits of the counter: the most and the fewest of its forms in this run; nil without Total.
  var finestPlaces: Int?
  var coarsestPlaces: Int?

  /// - Parameter channel: 0 for a plug with one counter.
  init(_ rows: ReadingColumns, channel: UInt8, sumsPower: Bool) {
    for (index, column) in rows.columns.enumerated() {
      let field = column.field
      let isOwn = field.channel == channel
      switch field.key {
      case .total where isOwn:
        total.append(index)
        if let places = field.form.decimalPlaces {
          finestPlaces = max(finestPlaces ?? places, places)
          coarsestPlaces = min(coarsestPlaces ?? places, places)
        }
      case .today where isOwn: today.append(index)
      case .yesterday where isOwn: yesterday.append(index)
      case .exportActive where isOwn: export.append(index)
      case .totalStartTime: startTime.append(index)
      case .time: clock.append(index)
      default: break
      }
    }
    func powers(_ channel: UInt8) -> [Int] {
      rows.columns.indices.filter {
        rows.columns[$0].field.key == .power && rows.columns[$0].field.channel == channel
      }
    }
    let own = powers(channel)
    if !own.isEmpty || !sumsPower {
      power = [own]
    } else {
      for channel in UInt8(1)...8 {
        let columns = powers(channel)
        if !columns.isEmpty { power.append(columns) }
      }
    }
  }
}
