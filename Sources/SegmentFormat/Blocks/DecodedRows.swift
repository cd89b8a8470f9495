internal import Readings

extension BlockRows {
  /// Hands the decoded rows out, and refuses what no writer could have meant.
  func collect(_ entries: [BlockDirectory.Entry], wanted: [Bool]) throws(FormatError) -> ReadingColumns {
    var result = ReadingColumns(times: try collectTimes())
    for (index, entry) in entries.enumerated() where wanted[index] {
      let values = columns[index]
      if let flags = presence[index] {
        for row in 0..<rowCount where flags[row] == 0 { values[row] = ReadingColumns.absent }
      }
      if entry.field.form == .verbatim {
        for row in 0..<rowCount where values[row] != ReadingColumns.absent {
          guard values[row] >= 0 && values[row] < Int64(entry.texts.count) else {
            throw .invalid(offset: 0, what: "a text that is not there")
          }
        }
      }
      result.columns.append(
        ReadingColumns.Column(
          field: entry.field, values: Array(UnsafeBufferPointer(start: values, count: rowCount)), texts: entry.texts))
    }
    return result
  }

  private func collectTimes() throws(FormatError) -> [Timestamp] {
    var last = Int64.min
    for row in 0..<rowCount {
      guard times[row] >= last else { throw .invalid(offset: 0, what: "receive times that decrease") }
      last = times[row]
    }
    let unit = timeUnit
    guard !times[0].multipliedReportingOverflow(by: unit).overflow, !last.multipliedReportingOverflow(by: unit).overflow
    else { throw .invalid(offset: 0, what: "receive times out of range") }
    return Array(unsafeUninitializedCapacity: rowCount) { buffer, count in
      for row in 0..<rowCount { buffer.initializeElement(at: row, to: Timestamp(milliseconds: times[row] &* unit)) }
      count = rowCount
    }
  }
}
