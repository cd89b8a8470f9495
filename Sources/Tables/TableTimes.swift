public import Calendar
public import Readings
import Text

/// The instants of a table's starts and ends.
public struct TableTimes {
  /// By row; nil where a row is passed over, because its time does not exist and it says nothing.
  public private(set) var starts: [Timestamp?] = []
  /// By row; nil where none is written. A month ends where the next begins.
  public private(set) var ends: [Timestamp?] = []

  /// - Parameters:
  ///   - start: the column of the starts.
  ///   - end: that of the ends, where there is one.
  ///   - zone: of clock times without one.
  ///   - saysSomething: whether a row says something at its time.
  public init(
    _ table: WrittenTable, start startColumn: Int, end endColumn: Int?, dates: WrittenInstant.DateOrder,
    zone: TimeZoneRules,
    saysSomething: (WrittenTable.Row) -> Bool
  ) throws(TableRefusal) {
    var written: [(start: WrittenInstant, end: WrittenInstant?)] = []
    written.reserveCapacity(table.rows.count)
    for row in table.rows {
      var (start, end) = (row.cell(startColumn), endColumn.map { row.cell($0) } ?? "")
      if let parts = WrittenInstant.parts(start) { (start, end) = parts }
      guard let instant = WrittenInstant.parse(start, dates: dates) else {
        throw TableTimes.noTime(start, row, table, dates)
      }
      var until: WrittenInstant?
      if !WrittenTable.isEmpty(end) {
        until = WrittenInstant.parse(end, dates: dates)
        if until == nil { throw TableTimes.noTime(end, row, table, dates) }
      } else if let month = WrittenMonth(start) {
        until = .clock(month.end, milliseconds: 0)
      }
      written.append((instant, until))
    }
    let doubled = TableTimes.doubled(written.map(\.start), zone)
    for (place, row) in table.rows.enumerated() {
      let start = try TableTimes.start(written[place].start, doubled[place], row, table, zone, saysSomething)
      starts.append(start)
      guard let start else {
        ends.append(nil)
        continue
      }
      ends.append(try TableTimes.end(written[place].end, after: start, row, table, zone))
    }
  }

  private static func noTime(
    _ text: String, _ row: WrittenTable.Row, _ table: WrittenTable, _ dates: WrittenInstant.DateOrder
  ) -> TableRefusal {
    if dates == .dayFirst, WrittenInstant.parse(text, dates: .monthFirst) != nil {
      return .choice(
        "\(table.rowWord) \(row.number): '\(text.printable)' is no date with the day first",
        advice: "--dates mdy says that the month is first")
    }
    return .mistake(
      "\(table.rowWord) \(row.number): '\(text.printable)' is no time; write 2027-01-01T00:30Z, 2027-01-01 00:30 or "
        + "01.01.2027 00:30")
  }

  /// By row: whether a clock time that the zone's clocks show twice is the earlier instant; nil for all others, and where
  /// it cannot be told.
  private static func doubled(_ starts: [WrittenInstant], _ zone: TimeZoneRules) -> [Bool?] {
    var isEarlier = [Bool?](repeating: nil, count: starts.count)
    var repeated = RepeatedTimes()
    for (place, start) in starts.enumerated() {
      guard case .clock(let clock, _) = start else { continue }
      switch zone.instants(of: clock) {
      case .two(let earlier, let later): repeated.take(place, earlier, later)
      case .one(let instant): repeated.passed(instant)
      case .none: break
      }
    }
    for (row, meaning) in repeated.meanings { isEarlier[row] = meaning.isEarlier }
    return isEarlier
  }

  private static func start(
    _ written: WrittenInstant, _ isEarlier: Bool?, _ row: WrittenTable.Row, _ table: WrittenTable,
    _ zone: TimeZoneRules,
    _ saysSomething: (WrittenTable.Row) -> Bool
  ) throws(TableRefusal) -> Timestamp? {
    switch written {
    case .instant(let instant): return instant
    case .clock(let clock, let milliseconds):
      let place = "\(table.rowWord) \(row.number): '\(row.cell(0).printable)'"
      switch zone.instants(of: clock) {
      case .one(let instant): return instant.advanced(byMilliseconds: milliseconds)
      case .two(let earlier, let later):
        guard let isEarlier else {
          throw .mistake(
            "\(place) is there twice because the clocks go back, and not twice in the list; write "
              + "\(InstantText.text(earlier, in: zone)) or \(InstantText.text(later, in: zone))")
        }
        return (isEarlier ? earlier : later).advanced(byMilliseconds: milliseconds)
      case .none(let change):
        guard saysSomething(row) else { return nil }
        throw .mistake(
          "\(place) does not exist because the clocks go forward: after "
            + "\(InstantText.text(change.advanced(byMilliseconds: -1000), in: zone)) comes "
            + "\(InstantText.text(change, in: zone)); --timezone says whose clocks these are")
      }
    }
  }

  /// The first instant after the start that the text may mean.
  private static func end(
    _ written: WrittenInstant?, after start: Timestamp, _ row: WrittenTable.Row, _ table: WrittenTable,
    _ zone: TimeZoneRules
  ) throws(TableRefusal) -> Timestamp? {
    guard let written else { return nil }
    var candidates: [Timestamp]
    switch written {
    case .instant(let instant): candidates = [instant]
    case .clock(let clock, _):
      switch zone.instants(of: clock) {
      case .one(let instant), .none(let instant): candidates = [instant]
      case .two(let earlier, let later): candidates = [earlier, later]
      }
    }
    candidates.removeAll { $0 <= start }
    guard let end = candidates.first else {
      throw .mistake("\(table.rowWord) \(row.number): it ends before it begins")
    }
    return end
  }
}
