import EnergyAccounting
import Readings

/// Readings of one plug that its account has not seen yet, a row behind the other, with the columns that accounts look at.
struct RunningRows {
  /// What an account is given at once; until then a reading costs no more than the copy of its numbers.
  private static let limit = 256

  private var layout: Layout?
  /// Of the layout's fields those that are kept, by their places.
  private var places: [Int] = []
  private var times: [Timestamp] = []
  /// Row by row.
  private var values: [Int64] = []

  var isEmpty: Bool { times.isEmpty }
  /// No further row fits before these are taken.
  var isFull: Bool { times.count >= RunningRows.limit }

  /// Whether the rows so far have the same fields, and all of them are numbers: texts are not shared among rows.
  func takes(_ reading: Reading) -> Bool { layout === reading.layout && !isFull }

  /// - Precondition: it ``takes(_:)`` the reading, or is empty.
  mutating func append(_ reading: Reading, at time: Timestamp) {
    if layout !== reading.layout {
      precondition(isEmpty, "rows of two layouts")
      layout = reading.layout
      places = reading.layout.fields.indices.filter { MeterAccount.keys.contains(reading.layout.fields[$0].key) }
    }
    times.append(time)
    for place in places { values.append(reading.values[place]) }
  }

  /// Gives the rows away.
  mutating func take() -> ReadingColumns {
    defer {
      times.removeAll(keepingCapacity: true)
      values.removeAll(keepingCapacity: true)
    }
    guard let layout else { return ReadingColumns() }
    let columns = places.enumerated().map { column, place in
      ReadingColumns.Column(
        field: layout.fields[place], values: times.indices.map { values[$0 * places.count + column] })
    }
    return ReadingColumns(times: times, columns: columns)
  }

  /// One reading alone, its texts with it.
  static func columns(of reading: Reading, at time: Timestamp) -> ReadingColumns {
    let columns = zip(reading.layout.fields, reading.values).compactMap { field, value -> ReadingColumns.Column? in
      guard MeterAccount.keys.contains(field.key) else { return nil }
      guard field.form == .verbatim else { return ReadingColumns.Column(field: field, values: [value]) }
      guard reading.texts.indices.contains(Int(value)) else { return nil }
      return ReadingColumns.Column(field: field, values: [0], texts: [reading.texts[Int(value)]])
    }
    return ReadingColumns(times: [time], columns: columns)
  }

  /// Whether a layout holds a text among what accounts look at.
  static func holdsText(_ layout: Layout) -> Bool {
    layout.fields.contains { $0.form == .verbatim && MeterAccount.keys.contains($0.key) }
  }
}
