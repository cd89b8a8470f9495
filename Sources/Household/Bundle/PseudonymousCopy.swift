public import Configuration
import EnergyAccounting
public import Readings
public import Storage

/// Copies a time of a household into a store of its own under other words: what may be shown to a stranger who is to see
/// what is wrong with a figure.
///
/// Every reading keeps its time and each of its digits, so that reports of the copy give the same figures. Events whose
/// words could tell of the house (host names, addresses, settings) are left out.
public struct PseudonymousCopy {
  private let store: HouseholdStore
  /// What is copied of each plug.
  private let ranges: [Device: Range<Timestamp>]
  private var pseudonyms: Pseudonyms
  public private(set) var readingCount = 0
  public private(set) var eventCount = 0
  /// Events that were left out for their words.
  public private(set) var untoldEventCount = 0

  /// - Parameters:
  ///   - rules: what the configuration calls plugs.
  ///   - range: whose figures the copy gives: each plug is copied with what lies before and behind it as far as its
  ///     figures need.
  public init(_ store: HouseholdStore, rules: [Configuration.DeviceRule], range: Range<Timestamp>) {
    self.store = store
    let margin = MeteringOptions.surroundings
    let near = range.lowerBound.advanced(byMilliseconds: -margin)..<range.upperBound.advanced(byMilliseconds: margin)
    let cutPoints = CutPoints([range.lowerBound, range.upperBound])
    var ranges: [Device: Range<Timestamp>] = [:]
    for device in store.devices {
      let needed = MeterFeed(store.reader, device, cutPoints).widened(near)
      for member in device.members {
        let known = ranges[member.device] ?? needed
        ranges[member.device] =
          min(known.lowerBound, needed.lowerBound)..<max(known.upperBound, needed.upperBound)
      }
    }
    self.ranges = ranges
    pseudonyms = Pseudonyms(
      store.uncorrectedDevices.flatMap { $0.members.map(\.device) }, rules: rules, corrections: store.corrections)
  }

  /// Appends readings and events to a new store, which the caller seals.
  public mutating func write(to writer: StoreWriter) throws(StorageError) {
    for stored in store.reader.devices {
      guard let range = ranges[stored.device] else { continue }
      let device = pseudonyms.device(stored.device)
      var count = 0
      try store.reader.readings(of: stored.device, in: range) { rows throws(StorageError) in
        var row = RowReading(rows)
        for index in rows.times.indices { _ = try writer.append(row.reading(ofRow: index), from: device) }
        count += rows.rowCount
      }
      readingCount += count
    }
    guard let first = ranges.values.map(\.lowerBound).min(), let last = ranges.values.map(\.upperBound).max() else {
      return
    }
    for event in store.reader.events(in: first..<last) {
      guard let told = pseudonyms.event(event) else {
        untoldEventCount += 1
        continue
      }
      _ = try writer.append(told)
      eventCount += 1
    }
  }

  /// The corrections' lines, in their order, with their numbers.
  public mutating func correctionLines() -> [String] {
    store.corrections.entries.map { pseudonyms.correction($0).line }
  }

  /// What a configuration says of plugs.
  public mutating func rules(_ rules: [Configuration.DeviceRule]) -> [Configuration.DeviceRule] {
    rules.map { pseudonyms.rule($0) }
  }

  /// What stands for a plug's name, topic or MAC.
  public mutating func reference(_ text: String) -> String { pseudonyms.reference(text) }
}

/// A row of columns as the reading that it was.
private struct RowReading {
  private let rows: ReadingColumns
  /// Columns that the row before filled, and their layout.
  private var filled: [Int] = []
  private var reading: Reading

  init(_ rows: ReadingColumns) {
    self.rows = rows
    reading = Reading(receivedAt: Timestamp(milliseconds: 0), layout: Layout([]), values: [])
  }

  mutating func reading(ofRow row: Int) -> Reading {
    let present = rows.columns.indices.filter { rows.columns[$0].values[row] != ReadingColumns.absent }
    if present != filled {
      filled = present
      reading.layout = Layout(present.map { rows.columns[$0].field })
    }
    reading.receivedAt = rows.times[row]
    reading.values.removeAll(keepingCapacity: true)
    reading.texts.removeAll(keepingCapacity: true)
    for index in present {
      let column = rows.columns[index]
      if column.field.form == .verbatim {
        reading.values.append(Int64(reading.texts.count))
        reading.texts.append(column.texts[Int(column.values[row])])
      } else {
        reading.values.append(column.values[row])
      }
    }
    return reading
  }
}
