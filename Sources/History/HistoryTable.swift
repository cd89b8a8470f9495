public import Calendar
import Readings
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
    /// True for `11/28/2025`.
    public var isMonthFirst = false
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
    let table = try DelimitedTable.table(
      bytes, start: options.start, maximumRowCount: HistoryTable.maximumRowCount,
      nothing: "there is no row; a history has the columns start,kWh")
    guard !table.rows.isEmpty else { throw .mistake("there is no row behind the header") }
    let columns = try HistoryColumns(table, options)
    let meaning = try HistoryTable.meaning(of: table, columns, options)
    let unit = try HistoryTable.unit(of: table, columns, options)
    let times = try TableTimes(
      table, start: columns.start, end: meaning == .used ? columns.end : nil,
      dates: options.isMonthFirst ? .monthFirst : .dayFirst, zone: HistoryTable.zone(of: table, columns, options),
      saysSomething: { !WrittenTable.isEmpty($0.cell(columns.value)) })
    let rows = try HistoryTable.rows(of: table, columns, times, unit)
    guard !rows.isEmpty else {
      throw .mistake("there is no row with a number in '\(table.columns[columns.value].printable)'")
    }
    var remarks = [
      "took the column '\(table.columns[columns.value].printable)' as "
        + (meaning == .counter ? "what the meter showed" : unit.isPower ? "power" : "what was used")
        + " in \(unit.rawValue), at '"
        + table.columns[columns.start].printable + "'"
    ]
    let left = table.rows.count - rows.count
    if left > 0 { remarks.append("left \(left) \(left == 1 ? "row" : "rows") without a number, or that came twice") }
    self.remarks = remarks
    switch meaning {
    case .counter:
      var counter = ImportedCounter()
      counter.isAbsolute = true
      counter.points = rows.map { ImportedCounter.Point(time: $0.start, total: $0.value) }
      self.counter = counter
    case .used: counter = try HistoryTable.summed(rows, table, isPower: unit.isPower, options.zone)
    }
  }

  struct Row {
    var start: Timestamp
    var end: Timestamp?
    /// In milliwatt-hours, or milliwatts.
    var value: Int64
    /// Where it stands.
    var number: Int
  }

  /// In order of time, each start once.
  private static func rows(
    of table: WrittenTable, _ columns: HistoryColumns, _ times: TableTimes, _ unit: EnergyUnit
  ) throws(TableRefusal) -> [Row] {
    var rows: [Row] = []
    for (place, row) in table.rows.enumerated() {
      let cell = row.cell(columns.value)
      guard let start = times.starts[place], !WrittenTable.isEmpty(cell) else { continue }
      guard let value = number(cell).flatMap(unit.milli) else {
        throw .mistake("\(table.rowWord) \(row.number): '\(cell.printable)' is no number of \(unit.rawValue)")
      }
      rows.append(Row(start: start, end: times.ends[place], value: value, number: row.number))
    }
    rows.sort { ($0.start, $0.number) < ($1.start, $1.number) }
    var single: [Row] = []
    for row in rows {
      guard let last = single.last, last.start == row.start else {
        single.append(row)
        continue
      }
      guard last.value == row.value else {
        throw .mistake(
          "\(table.rowWord)s \(last.number) and \(row.number) have different numbers for one time")
      }
    }
    return single
  }

  /// A decimal number with either mark, of which the last is the decimal one where both stand.
  static func number(_ cell: String) -> Double? {
    var text = cell.filter { !" \u{A0}\u{202F}'_".contains($0) }
    if let unit = EnergyUnit(endOf: cell) { text = String(text.dropLast(unit.rawValue.count)) }
    if let comma = text.lastIndex(of: ",") {
      let point = text.lastIndex(of: ".") ?? text.startIndex
      if comma > point {
        guard text.count(where: { $0 == "," }) == 1 else { return nil }
        text = text.filter { $0 != "." }.split(separator: ",", omittingEmptySubsequences: false).joined(separator: ".")
      } else {
        text = text.filter { $0 != "," }
      }
    }
    guard let first = text.first, first.isNumber || "+-.".contains(first) else { return nil }
    return Double(text)
  }

  private static func summed(
    _ rows: [Row], _ table: WrittenTable, isPower: Bool, _ zone: TimeZoneRules
  ) throws(TableRefusal) -> ImportedCounter {
    var counter = ImportedCounter()
    let ends = HistoryEnds(rows.map(\.start), zone: zone)
    // Power in mW × ms, so that rounding never adds up.
    var (total, sum): (Int64, Int128) = (0, 0)
    for (place, row) in rows.enumerated() {
      let end = row.end ?? ends.end(of: place)
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
    if let unit = EnergyUnit(endOf: table.columns[columns.value]) { return unit }
    let column = table.columns.firstIndex {
      ["unit", "unit_of_measurement", "einheit"].contains(WrittenTable.plain($0))
    }
    if let column, let cell = table.rows.first?.cell(column), let unit = EnergyUnit(written: cell) { return unit }
    if let cell = table.rows.first?.cell(columns.value), let unit = EnergyUnit(endOf: cell) { return unit }
    throw .choice(
      "'\(table.columns[columns.value].printable)' does not say its unit",
      advice: "say --unit with one of \(EnergyUnit.allCases.map(\.rawValue).joined(separator: ", "))")
  }

  private static func zone(of table: WrittenTable, _ columns: HistoryColumns, _ options: Options) -> TimeZoneRules {
    let header = WrittenTable.plain(table.columns[columns.start])
    return header.contains("utc") || header.contains("gmt") ? .utc : options.zone
  }
}
