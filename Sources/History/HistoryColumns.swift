import Tables
import Text

/// Which columns of a table hold the times and the numbers. Found by name where one answer alone fits.
struct HistoryColumns {
  var start: Int
  var end: Int?
  var value: Int

  /// Names of starts and ends, the surest first.
  private static let startNames = [
    [
      "start", "interval_start", "from", "valid_from", "von", "desde", "begin", "beginn", "start_time", "starttime",
      "startdate", "datumvon", "ab-datum", "startdatum",
    ],
    [
      "time", "timestamp", "datetime", "date-time", "dateandtime", "date", "datum", "last_changed", "zeit", "zeitpunkt",
      "zeitstempel", "datumundzeit", "datumunduhrzeit", "horodate", "fecha", "dato", "day", "tag", "data", "period",
      "interval",
    ],
    ["month", "monat", "year", "jahr", "hour", "utc"],
  ]
  private static let endNames = [
    "end", "interval_end", "to", "valid_to", "bis", "hasta", "end_time", "endtime", "ende",
  ]

  /// Does a header name a column of times?
  static func namesTimes(_ columns: [String]) -> Bool {
    columns.contains { name in startNames.contains { $0.contains(WrittenTable.bare(name)) } }
  }

  init(_ table: WrittenTable, _ options: HistoryTable.Options) throws(TableRefusal) {
    let names = table.columns.map(WrittenTable.bare)
    if let column = try table.column(options.start, of: "--start") {
      start = column
    } else {
      let found = HistoryColumns.startNames.lazy.map { group in names.indices.filter { group.contains(names[$0]) } }
        .first { !$0.isEmpty }
      guard let found else {
        throw .choice(
          "no column is known to hold the times",
          advice: "name it with --start COLUMN, one of: \(WrittenTable.list(table.columns))")
      }
      guard found.count == 1 else {
        throw .choice(
          "several columns may hold the times: \(WrittenTable.list(found.map { table.columns[$0] }))",
          advice: "say which with --start COLUMN")
      }
      start = found[0]
    }
    let start = start
    end =
      try table.column(options.end, of: "--end")
      ?? names.indices.first { $0 != start && HistoryColumns.endNames.contains(names[$0]) }
    let end = end
    if let column = try table.column(options.value, of: "--column") {
      value = column
      return
    }
    var found = table.columns.indices.filter { column in
      guard column != start, column != end else { return false }
      let cells = table.rows.prefix(50).map { $0.cell(column) }.filter { !HistoryTable.isEmpty($0) }
      return !cells.isEmpty && cells.allSatisfy { HistoryTable.number($0) != nil }
    }
    let named = found.filter { EnergyUnit(within: table.columns[$0]) != nil }
    if named.count == 1 { found = named }
    guard found.count == 1 else {
      throw .choice(
        found.isEmpty
          ? "no column holds numbers"
          : "several columns hold numbers: \(WrittenTable.list(found.map { table.columns[$0] }))",
        advice: found.isEmpty
          ? "a history has the columns start,kWh" : "say which with --column COLUMN")
    }
    value = found[0]
  }
}
