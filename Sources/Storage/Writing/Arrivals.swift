import Readings
import SegmentFormat

/// What comes in and no segment holds yet: bounded in kinds, without what the store has already.
final class Arrivals {
  let unsealed: UnsealedRows
  let index: SealedIndex
  private let path: String
  private let timeUnit: Int64
  private let maximumDevices: Int
  /// Topics and MACs that are always taken in.
  private let reserved: Set<String>
  /// Of each series of `unsealed`, by index: which others have its topic. A capture that lacks discovery says nothing of
  /// MACs, so one reading may come once with a MAC and once without.
  @exclusivity(unchecked) private var siblings: [[Int]] = []
  private var seriesOfTopic: [String: [Int]] = [:]
  /// Newest sealed time of each series and its siblings, by index: a dictionary look-up less for each reading.
  @exclusivity(unchecked) private var sealedNewestOfSeries: [Int64] = []
  private var sealedOfTopic: [String: [Device]]?

  init(_ unsealed: UnsealedRows, index: SealedIndex, path: String, timeUnit: Int64, options: StoreOptions) {
    self.unsealed = unsealed
    self.index = index
    self.path = path
    self.timeUnit = timeUnit
    maximumDevices = options.maximumDevices
    reserved = options.reservedDevices
  }

  /// Blocks were sealed or replaced.
  func forgetSealedTimes() {
    sealedNewestOfSeries = []
    sealedOfTopic = nil
  }

  /// A reading's receive time in milliseconds, cut to the store's resolution.
  func time(of reading: Reading) -> Int64 {
    timeUnit == 1 ? reading.receivedAt.milliseconds : reading.receivedAt.milliseconds.flooringQuotient(1000) * 1000
  }

  /// - Returns: the series that the reading belongs to, nil where the store has the same reading already.
  /// - Throws: ``StorageError/Code/invalid``
  func series(for reading: Reading, from device: Device, time: Int64) throws(StorageError) -> Int? {
    let series = unsealed.index(of: device)
    let rows = unsealed.series[series]
    while siblings.count <= series { addSiblings() }
    if rows.rowCount == 0 { try checkDevice(device) }
    if rows.checkedLayout !== reading.layout || reading.values.count != reading.layout.fields.count
      || !StoreTime.range.contains(time)
    {
      try check(reading, time: time)
      rows.checkedLayout = reading.layout.fields.contains { $0.form == .verbatim } ? nil : reading.layout
    }
    let isSealed = time <= sealedNewest(series)
    if time <= rows.newest || isSealed {
      let hash = rows.hash(of: reading)
      if rows.contains(time: time, hash: hash) || isSealed && sealedContains(reading, device, time: time, hash: hash) {
        return nil
      }
    }
    for other in siblings[series] where time <= unsealed.series[other].newest {
      if unsealed.series[other].contains(time: time, hash: rows.hash(of: reading)) { return nil }
    }
    return series
  }

  private func addSiblings() {
    let added = siblings.count
    let topic = unsealed.series[added].device.topic
    let others = seriesOfTopic[topic] ?? []
    siblings.append(others)
    for other in others { siblings[other].append(added) }
    seriesOfTopic[topic] = others + [added]
  }

  private func sealedDevices(ofTopic topic: String) -> [Device] {
    if sealedOfTopic == nil { sealedOfTopic = Dictionary(grouping: index.devices, by: \.topic) }
    return sealedOfTopic?[topic] ?? []
  }

  private func sealedContains(_ reading: Reading, _ device: Device, time: Int64, hash: UInt64) -> Bool {
    if index.contains(reading, of: device, time: time, hash: hash) { return true }
    return sealedDevices(ofTopic: device.topic).contains {
      $0 != device && index.contains(reading, of: $0, time: time, hash: hash)
    }
  }

  private func sealedNewest(_ series: Int) -> Int64 {
    while sealedNewestOfSeries.count <= series {
      let device = unsealed.series[sealedNewestOfSeries.count].device
      sealedNewestOfSeries.append(sealedDevices(ofTopic: device.topic).map(index.newest).max() ?? .min)
    }
    return sealedNewestOfSeries[series]
  }

  private func refusal(_ cause: String) -> StorageError { StorageError(.invalid, path: path, cause: cause) }

  private func check(_ reading: Reading, time: Int64) throws(StorageError) {
    guard StoreTime.range.contains(time) else { throw refusal("a receive time outside 1970 to 9999") }
    guard reading.values.count == reading.layout.fields.count else { throw refusal("a reading of another shape") }
    guard reading.values.count <= FormatLayout.maximumColumnCount else { throw refusal("more than 256 numbers") }
    for (field, value) in zip(reading.layout.fields, reading.values) {
      guard field.key.name.utf8.count <= FormatLayout.maximumNameByteCount else { throw refusal("a key too long") }
      guard field.form == .verbatim else { continue }
      guard reading.texts.indices.contains(Int(truncatingIfNeeded: value)),
        reading.texts[Int(value)].utf8.count <= FormatLayout.maximumTextByteCount
      else { throw refusal("a text too long") }
    }
  }

  private func checkDevice(_ device: Device) throws(StorageError) {
    guard !index.isKnown(device), !reserved.contains(device.topic), !(device.mac.map(reserved.contains) ?? false) else {
      return
    }
    let known = Set(index.devices).union(unsealed.series.lazy.filter { $0.rowCount > 0 }.map(\.device)).count
    guard known < maximumDevices else { throw refusal("more than \(maximumDevices) devices") }
    guard device.topic.utf8.count <= FormatLayout.maximumTopicByteCount,
      device.mac?.utf8.count ?? 0 <= FormatLayout.maximumNameByteCount
    else { throw refusal("a topic too long") }
  }

  /// - Returns: whether the store lacks the event.
  /// - Throws: ``StorageError/Code/invalid``
  func isNew(_ event: Event) throws(StorageError) -> Bool {
    guard StoreTime.range.contains(event.at.milliseconds) else {
      throw refusal("an event's time outside 1970 to 9999")
    }
    guard event.detail.utf8.count <= Event.maximumDetailBytes,
      event.device?.topic.utf8.count ?? 0 <= FormatLayout.maximumTopicByteCount,
      event.device?.mac?.utf8.count ?? 0 <= FormatLayout.maximumNameByteCount
    else { throw refusal("an event's text too long") }
    if holds(event) { return false }
    // Before discovery told the MAC, the same was heard without.
    guard let device = event.device, device.mac != nil else { return true }
    var bare = event
    bare.device = Device(topic: device.topic)
    return !holds(bare)
  }

  private func holds(_ event: Event) -> Bool {
    unsealed.contains(event) || event.at.milliseconds <= index.newestEvent && index.contains(event)
  }

  /// The earliest time of all that is here; the highest number when nothing is.
  var earliest: Timestamp {
    var first = unsealed.events.map(\.at.milliseconds).min() ?? Int64.max
    for series in unsealed.series { first = min(first, series.times.min() ?? Int64.max) }
    return Timestamp(milliseconds: first)
  }
}
