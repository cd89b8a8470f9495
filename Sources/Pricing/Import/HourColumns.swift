import Calendar
import Tables

/// The layout of EPEX SPOT's market results: a row a day, a column for each hour (`Hour 1` … `Hour 3A`, `Hour 3B` …).
enum HourColumns {
  /// The table with a row for each hour; nil for another layout.
  static func rows(of table: WrittenTable) -> WrittenTable? {
    let hours = table.columns.map(hour)
    guard hours.count(where: { $0 != nil }) >= 23, let day = table.columns.indices.first(where: { hours[$0] == nil })
    else { return nil }
    var melted = WrittenTable(columns: ["start", "price"], rows: [], remarks: table.remarks)
    for row in table.rows {
      for (column, hour) in hours.enumerated() {
        guard let hour else { continue }
        let cell = row.cell(column)
        // The hour that the clocks skip, and the second of the one that they repeat, are there on one day a year.
        if hour.index == 2, WrittenTable.isEmpty(cell) { continue }
        let clock = ClockText.text(minuteOfDay: hour.index * 60)
        melted.rows.append(WrittenTable.Row(cells: ["\(row.cell(day)) \(clock)", cell], number: row.number))
      }
    }
    return melted
  }

  /// `Hour 1` is that from midnight on, 0.
  private static func hour(_ name: String) -> (index: Int, isSecond: Bool)? {
    let plain = WrittenTable.plain(name)
    guard plain.hasPrefix("hour") else { return nil }
    var digits = plain.dropFirst(4)
    let isSecond = digits.last == "b"
    if digits.last == "a" || isSecond { digits.removeLast() }
    guard let number = Int(digits), (1...24).contains(number) else { return nil }
    return (number - 1, isSecond)
  }
}
