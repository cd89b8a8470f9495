import Pricing
import Readings

/// A plug's readings as a scan of the store would give them: runs of one layout, of one device.
struct DecodedPlug {
  private(set) var runs: [(device: Device, rows: ReadingColumns)] = []
  private var layout: Layout?
  var events: [Event] = []

  mutating func add(_ reading: Reading, of device: Device) {
    if layout?.fields != reading.layout.fields || runs.last?.device != device
      || (runs.last?.rows.rowCount ?? 0) >= 16_384
    {
      layout = reading.layout
      runs.append((device, ReadingColumns(columns: reading.layout.fields.map { .init(field: $0, values: []) })))
    }
    let last = runs.count - 1
    runs[last].rows.times.append(reading.receivedAt)
    for (index, value) in reading.values.enumerated() {
      let isText = runs[last].rows.columns[index].field.form == .verbatim
      runs[last].rows.columns[index].values.append(isText ? Int64(runs[last].rows.columns[index].texts.count) : value)
      if isText { runs[last].rows.columns[index].texts.append(reading.texts[Int(value)]) }
    }
  }

  /// Forgets what came at or after an instant.
  mutating func cut(at end: Timestamp) {
    events.removeAll { $0.at >= end }
    for place in runs.indices {
      let count = runs[place].rows.times.firstIndex { $0 >= end } ?? runs[place].rows.rowCount
      runs[place].rows = runs[place].rows.rows(0..<count)
    }
    runs.removeAll { $0.rows.rowCount == 0 }
  }
}
