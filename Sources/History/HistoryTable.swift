public import Calendar
public import Readings
public import Tables
import Text

/// A table of energies or meter readings, as a supplier, a meter or another program wrote it.
public struct HistoryTable: Sendable {
  /// What a person says of the table; what is nil is found by name.
  public struct Options: Sendable {
    /// Columns, by name or number from 1.
    public var start: String?
    public var end: String?
    public var value: String?
    public var unit: EnergyUnit?
    public var meaning: Meaning?
    /// Rows that count: those whose cell in a column is this.
    public var conditions: [(column: String, value: String)] = []
    /// True for `11/28/2025`.
    public var isMonthFirst = false
    /// What lies behind it is no history.
    public var latest = Timestamp(milliseconds: 253_402_300_799_000)
    /// The site's, which clock times without a zone are of.
    public var zone: TimeZoneRules

    public init(zone: TimeZoneRules) { self.zone = zone }
  }

  /// What a number of a row is.
  public enum Meaning: String, CaseIterable, Sendable {
    /// What was used from the row's time to its end, or to the next row.
    case used
    /// What the meter showed at the row's time.
    case counter
  }

  public let counter: ImportedCounter
  /// One sentence each: what was taken for what, and what was left.
  public let remarks: [String]

  /// Twenty years of quarter-hours.
  public static let maximumRowCount = 750_000

  /// - Throws: what a person has to decide, or what is wrong in the table, with its place.
  public init(_ bytes: [UInt8], _ options: Options) throws(TableRefusal) {
    let written = try DelimitedTable.table(
      bytes, start: options.start, maximumRowCount: HistoryTable.maximumRowCount,
      nothing: "there is no row; a history has the columns start,kWh")
    guard !written.rows.isEmpty else { throw .mistake("there is no row behind the header") }
    let dates: WrittenInstant.DateOrder = options.isMonthFirst ? .monthFirst : .dayFirst
    var table = HistoryLayout.plain(written, dates: dates)
    let leftByWish = try table.select(options.conditions)
    table = try HistoryLayout.long(table, dates: dates)
    let columns = try HistoryColumns(table, options)
    let meaning = try HistoryTable.meaning(of: table, columns, options)
    let unit = try HistoryTable.unit(of: table, columns, options)
    let times = try TableTimes(
      table, start: columns.start, end: meaning == .used ? columns.end : nil,
      dates: dates, zone: HistoryTable.zone(of: table, columns, options),
      saysSomething: { !HistoryTable.isEmpty($0.cell(columns.value)) })
    let rows = try HistoryTable.rows(of: table, columns, times, unit, latest: options.latest)
    guard !rows.isEmpty else {
      throw .mistake("there is no row with a number in '\(table.columns[columns.value].printable)'")
    }
    var remarks = [
      "took the column '\(table.columns[columns.value].printable)' as "
        + (meaning == .counter ? "what the meter showed" : unit.isPower ? "power" : "what was used")
        + " in \(unit.rawValue), at '"
        + table.columns[columns.start].printable + "'"
    ]
    func leave(_ count: Int, _ why: String) {
      if count > 0 { remarks.append("left \(count) \(count == 1 ? "row" : "rows") \(why)") }
    }
    leave(leftByWish, "that --where does not name")
    let empty = table.rows.count { HistoryTable.isEmpty($0.cell(columns.value)) }
    leave(empty, "without a number")
    leave(table.rows.count - rows.count - empty, "that came twice")
    if !options.isMonthFirst, let doubt = HistoryTable.otherDates(table, columns, rows) { remarks.append(doubt) }
    self.remarks = remarks
    switch meaning {
    case .counter:
      var counter = ImportedCounter()
      counter.isAbsolute = true
      counter.points = rows.map { ImportedCounter.Point(time: $0.start, total: $0.value) }
      counter.nameFalls()
      self.counter = counter
    case .used:
      let starts = Set(times.starts.compactMap(\.self)).sorted()
      counter = try HistoryTable.summed(rows, among: starts, table, isPower: unit.isPower, options.zone)
    }
  }

  struct Row {
    var start: Timestamp
    var end: Timestamp?
    /// In milliwatt-hours, or milliwatts.
    var value: Int64
    /// Where it stands.
    var number: Int
    var cells: [String]
  }

  /// In order of time, each start once.
  private static func rows(
    of table: WrittenTable, _ columns: HistoryColumns, _ times: TableTimes, _ unit: EnergyUnit, latest: Timestamp
  ) throws(TableRefusal) -> [Row] {
    var rows: [Row] = []
    for (place, row) in table.rows.enumerated() {
      let cell = row.cell(columns.value)
      guard let start = times.starts[place], !HistoryTable.isEmpty(cell) else { continue }
      guard start.milliseconds >= 0, start <= latest else {
        throw .mistake(
          "\(table.rowWord) \(row.number): '\(row.cell(columns.start).printable)' lies before 1970 or in the future")
      }
      guard let value = number(cell).flatMap(unit.milli) else {
        throw .mistake("\(table.rowWord) \(row.number): '\(cell.printable)' is no number of \(unit.rawValue)")
      }
      rows.append(Row(start: start, end: times.ends[place], value: value, number: row.number, cells: row.cells))
    }
    rows.sort { ($0.start, $0.number) < ($1.start, $1.number) }
    var single: [Row] = []
    for row in rows {
      guard let last = single.last, last.start == row.start else {
        single.append(row)
        continue
      }
      guard last.cells == row.cells else { throw doubled(last, row, table, columns) }
    }
    return single
  }

  /// Two rows of one time: what tells them apart, if anything does.
  private static func doubled(_ one: Row, _ other: Row, _ table: WrittenTable, _ columns: HistoryColumns)
    -> TableRefusal
  {
    let place = "\(table.rowWord)s \(one.number) and \(other.number) are of one time"
    let label = table.columns.indices.first { column in
      column != columns.start && column != columns.value && column < one.cells.count && column < other.cells.count
        && one.cells[column] != other.cells[column] && number(one.cells[column]) == nil
    }
    guard let label else {
      return .mistake(
        "\(place) and have different numbers; where it has a column of times of day, write both into one column")
    }
    let values = Set(table.rows.map { $0.cell(label) }).sorted()
    return .choice(
      "\(place): their '\(table.columns[label].printable)' tells them apart",
      advice: "take one with --where '\(table.columns[label].printable)="
        + "\((values.first { !$0.isEmpty } ?? "").printable)'; there are "
        + WrittenTable.list(values))
  }

  /// A word of warning where every date reads the other way round, too, and would then come day by day.
  private static func otherDates(_ table: WrittenTable, _ columns: HistoryColumns, _ rows: [Row]) -> String? {
    guard rows.count > 2 else { return nil }
    func times(_ order: WrittenInstant.DateOrder) -> [Int64]? {
      var seconds: [Int64] = []
      for row in table.rows {
        let cell = row.cell(columns.start)
        guard cell.contains("/"), case .clock(let clock, _)? = WrittenInstant.parse(cell, dates: order) else {
          return nil
        }
        seconds.append(clock.secondsSince1970)
      }
      return seconds.sorted()
    }
    guard let read = times(.dayFirst), let other = times(.monthFirst), let first = read.first, let last = read.last,
      let otherFirst = other.first, let otherLast = other.last, (last - first) > 5 * (otherLast - otherFirst)
    else { return nil }
    return
      "took the day first in '\((table.rows[0].cell(columns.start)).printable)'; --dates mdy says that the month is first"
  }

  /// Nothing is said, or what Home Assistant says then.
  static func isEmpty(_ cell: String) -> Bool {
    WrittenTable.isEmpty(cell) || ["unavailable", "unknown"].contains(cell.lowercased())
  }

  /// A decimal number with either mark, of which the last is the decimal one where both stand.
  static func number(_ cell: String) -> Double? {
    var text = cell.filter { !" \u{A0}\u{202F}'_".contains($0) }
    if let unit = EnergyUnit(within: cell)?.rawValue, text.lowercased().hasSuffix(unit.lowercased()) {
      text.removeLast(unit.count)
    }
    text = DecimalMark.point(in: text)
    guard let first = text.first, first.isNumber || "+-.".contains(first) else { return nil }
    return Double(text)
  }

  /// - Parameter starts: of all rows in order, those without a number, too: what was used ends where the next row begins.
  private static func summed(
    _ rows: [Row], among starts: [Timestamp], _ table: WrittenTable, isPower: Bool, _ zone: TimeZoneRules
  ) throws(TableRefusal) -> ImportedCounter {
    var counter = ImportedCounter()
    let ends = HistoryEnds(starts, zone: zone)
    // Power in mW × ms, so that rounding never adds up.
    var (total, sum): (Int64, Int128) = (0, 0)
    for (place, row) in rows.enumerated() {
      let end = row.end ?? ends.end(of: starts.partitioningIndex { $0 >= row.start })
      guard let end else {
        throw .choice(
          "one row alone does not tell until when it lasts",
          advice: "name the column of the ends with --end, or --values counter where it is what a meter showed")
      }
      if let next = place + 1 < rows.count ? rows[place + 1] : nil, end > next.start {
        throw .mistake("\(table.rowWord)s \(row.number) and \(next.number) overlap")
      }
      if counter.points.last?.time != row.start { counter.points.append(.init(time: row.start, total: total)) }
      if isPower {
        sum += Int128(row.value) * Int128(end.milliseconds - row.start.milliseconds)
        total = ImportedCounter.integral(sum)
      } else {
        total += row.value
      }
      counter.points.append(.init(time: end, total: total))
    }
    return counter
  }

  // MARK: What the table says of itself

  private static let counterWords = [
    "counter", "meter", "reading", "total", "stand", "state", "cumul", "index", "lifetime", "relevé", "lectura",
  ]
  private static let usedWords = [
    "used", "usage", "consum", "verbrauch", "energy", "energie", "delta", "change", "import", "kwh", "wh", "power",
    "leistung", "verbruik", "consumo", "forbrug", "förbrukning", "mean",
  ]

  private static func meaning(
    of table: WrittenTable, _ columns: HistoryColumns, _ options: Options
  ) throws(TableRefusal) -> Meaning {
    if let meaning = options.meaning { return meaning }
    if (options.unit ?? EnergyUnit(within: table.columns[columns.value]))?.isPower ?? false { return .used }
    let name = WrittenTable.plain(table.columns[columns.value])
    if counterWords.contains(where: name.contains) { return .counter }
    if usedWords.contains(where: name.contains) { return .used }
    throw .choice(
      "'\(table.columns[columns.value].printable)' does not say whether it is what was used or what the meter showed",
      advice: "say --values used, or --values counter")
  }

  private static func unit(
    of table: WrittenTable, _ columns: HistoryColumns, _ options: Options
  ) throws(TableRefusal) -> EnergyUnit {
    if let unit = options.unit { return unit }
    if let unit = EnergyUnit(within: table.columns[columns.value]) { return unit }
    let column = table.columns.firstIndex {
      ["unit", "unit_of_measurement", "einheit"].contains(WrittenTable.plain($0))
    }
    if let column, let cell = table.rows.first?.cell(column), let unit = EnergyUnit(written: cell) { return unit }
    if let cell = table.rows.first?.cell(columns.value), let unit = EnergyUnit(within: cell) { return unit }
    throw .choice(
      "'\(table.columns[columns.value].printable)' does not say its unit",
      advice: "say --unit with one of \(EnergyUnit.allCases.map(\.rawValue).joined(separator: ", "))")
  }

  private static func zone(of table: WrittenTable, _ columns: HistoryColumns, _ options: Options) -> TimeZoneRules {
    let header = WrittenTable.plain(table.columns[columns.start])
    return header.contains("utc") || header.contains("gmt") ? .utc : options.zone
  }
}
