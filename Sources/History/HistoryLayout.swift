import Readings
import Tables

/// What stands around a table of a meter or a supplier that is no table, and tables that lie on their side: titles above the
/// header, a row of units below it, date and time of day apart, a column a day.
enum HistoryLayout {
  /// The table with its header, without a row of units, and with whole times.
  static func plain(_ table: WrittenTable, dates: WrittenInstant.DateOrder) -> WrittenTable {
    var table = headed(table)
    // What stands between header and rows says units and forms.
    if let first = table.rows.first, table.rows.count > 1,
      first.cells.contains(where: { $0.hasPrefix("[") }),
      first.cells.allSatisfy({ $0.isEmpty || $0.hasPrefix("[") || HistoryTable.number($0) == nil })
    {
      for (column, unit) in first.cells.enumerated() where column < table.columns.count && unit.hasPrefix("[") {
        table.columns[column] += " " + unit
      }
      table.rows.removeFirst()
    }
    joinTimes(&table, dates)
    return table
  }

  /// Titles have fewer cells than the rows, and none that names times; the header is the first line that is otherwise.
  private static func headed(_ table: WrittenTable) -> WrittenTable {
    var counts: [Int: Int] = [:]
    for row in table.rows { counts[row.cells.count, default: 0] += 1 }
    let usual = counts.max { ($0.value, $0.key) < ($1.value, $1.key) }?.key ?? 0
    let early = table.rows.prefix(20)
    let header =
      usual > table.columns.count
      ? early.firstIndex { $0.cells.count == usual }
      : HistoryColumns.namesTimes(table.columns) ? nil : early.firstIndex { HistoryColumns.namesTimes($0.cells) }
    guard let header else { return table }
    var table = table
    table.columns = table.rows[header].cells
    table.rows.removeFirst(header + 1)
    return table
  }

  private static func isDate(_ cell: String, _ dates: WrittenInstant.DateOrder) -> Bool {
    guard !cell.contains(":"), case .clock? = WrittenInstant.parse(cell, dates: dates) else { return false }
    return true
  }

  private static func isTimeOfDay(_ cell: String) -> Bool {
    let parts = cell.split(separator: ":", omittingEmptySubsequences: false)
    return (2...3).contains(parts.count)
      && parts.allSatisfy { (1...2).contains($0.utf8.count) && $0.utf8.allSatisfy { $0 >= 48 && $0 <= 57 } }
  }

  /// Puts a date and the time of day that stands in the next column of times together: `Date,Time`, `Datum;von;bis`.
  private static func joinTimes(_ table: inout WrittenTable, _ order: WrittenInstant.DateOrder) {
    let sample = table.rows.prefix(100)
    func isAll(_ column: Int, _ holds: (String) -> Bool) -> Bool {
      let cells = sample.map { $0.cell(column) }.filter { !WrittenTable.isEmpty($0) }
      return !cells.isEmpty && cells.allSatisfy(holds)
    }
    let dates = table.columns.indices.filter { isAll($0) { isDate($0, order) } }
    let times = table.columns.indices.filter { isAll($0, isTimeOfDay) }
    var removed: [Int] = []
    for date in dates {
      guard let time = times.first(where: { $0 > date && !removed.contains($0) }) else { continue }
      // Behind the next date it belongs to that.
      if let next = dates.first(where: { $0 > date }), next < time { continue }
      for row in table.rows.indices where time < table.rows[row].cells.count {
        table.rows[row].cells[date] += " " + table.rows[row].cells[time]
      }
      removed.append(time)
    }
    // One date with two times of day is that of both, of which the second is the end; the rows' beginnings tell it, too.
    if dates.count == 1 { removed = times.isEmpty ? [] : times }
    for column in removed.sorted(by: >) {
      table.columns.remove(at: column)
      for row in table.rows.indices where column < table.rows[row].cells.count {
        table.rows[row].cells.remove(at: column)
      }
    }
  }

  /// A table with a column a time and a row a meter, as Home Assistant's energy dashboard is downloaded: a row a meter and
  /// time, with the columns `start` and `used` behind those that tell meters apart. Any other table as it is.
  static func long(_ table: WrittenTable, dates: WrittenInstant.DateOrder) throws(TableRefusal) -> WrittenTable {
    guard let first = table.columns.firstIndex(where: { WrittenInstant.parse($0, dates: dates) != nil }), first > 0,
      table.columns.count - first > 1,
      table.columns[first...].allSatisfy({ WrittenInstant.parse($0, dates: dates) != nil })
    else { return table }
    let times = table.columns[first...]
    guard table.rows.count <= HistoryTable.maximumRowCount / times.count else {
      throw .choice(
        "\(table.rows.count) rows of \(times.count) times each are more than \(HistoryTable.maximumRowCount)",
        advice: "take one meter with --where COLUMN=VALUE; the columns are "
          + WrittenTable.list(Array(table.columns[..<first]))
      )
    }
    var long = WrittenTable(columns: table.columns[..<first] + ["start", "used"], rows: [], remarks: table.remarks)
    long.rowWord = table.rowWord
    for row in table.rows {
      let labels = (0..<first).map(row.cell)
      for (column, time) in zip(times.indices, times) {
        long.rows.append(WrittenTable.Row(cells: labels + [time, row.cell(column)], number: row.number))
      }
    }
    return long
  }
}
