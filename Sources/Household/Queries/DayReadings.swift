public import Calendar
public import Readings
import Storage
import Text

/// Every reading of a device's day in words, each number as the plug sent it.
public struct DayReadings {
  let store: HouseholdStore
  let device: LogicalDevice
  let zone: TimeZoneRules

  /// - Parameter zone: in which times of day are printed.
  public init(_ store: HouseholdStore, _ device: LogicalDevice, zone: TimeZoneRules) {
    self.store = store
    self.device = device
    self.zone = zone
  }

  private static let keys: [FieldKey] = [.time, .total, .today, .yesterday, .power]

  /// One line for each reading of a time, in its order.
  public func lines(_ range: Range<Timestamp>) -> [String] {
    var lines: [(time: Timestamp, text: String)] = []
    for member in device.members {
      store.reader.readings(of: member.device, in: range.clamped(to: member.span)) { rows in
        for row in rows.times.indices { lines.append((rows.times[row], text(rows, row))) }
      }
    }
    return lines.enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }
      .map(\.element.text)
  }

  private func text(_ rows: ReadingColumns, _ row: Int) -> String {
    var words = [String(InstantText.text(rows.times[row], in: zone).dropFirst(11).prefix(8))]
    for key in DayReadings.keys {
      for column in rows.columns where column.field.key == key && column.values[row] != ReadingColumns.absent {
        let channel = column.field.channel == 0 ? "" : " \(column.field.channel)"
        words.append("\(key.name)\(channel) \(value(column, row))")
      }
    }
    if device.series.ignored.contains(where: { $0.range.contains(rows.times[row]) }) { words.append("(left out)") }
    return words.joined(separator: "  ")
  }

  private func value(_ column: ReadingColumns.Column, _ row: Int) -> String {
    let value = column.values[row]
    if let places = column.field.form.decimalPlaces { return Decimal.string(value, places: places) }
    if let units = column.field.form.clockUnitsPerSecond {
      return String(InstantText.text(Timestamp(milliseconds: value &* (1000 / units)), in: .utc).dropLast(6))
    }
    return column.texts.indices.contains(Int(value)) ? SafeText.printable(column.texts[Int(value)]) : "?"
  }
}
