public import Readings
import SegmentFormat

/// What comes in: into memory, bounded, without what is there already.
extension StoreWriter {
  /// Readings appended that are neither in a journal nor in a segment yet: lost if the process ends now.
  public var unwrittenReadingCount: Int {
    switch mode {
    case .live: pending.count
    case .bulk: unsealed.readingCount + (builder?.footer.entries.reduce(0) { $0 + $1.readingRowCount } ?? 0)
    }
  }

  /// Takes in a reading, its receive time cut to the store's resolution.
  ///
  /// In bulk mode this is where blocks are written and an error of the disk shows.
  public func append(_ reading: Reading, from device: Device) throws(StorageError) -> Appended {
    precondition(!isClosed, "a reading appended to a closed store")
    let time =
      timeUnit == 1
      ? reading.receivedAt.milliseconds : reading.receivedAt.milliseconds.flooringQuotient(1000) * 1000
    let series = unsealed.index(of: device)
    let rows = unsealed.series[series]
    if rows.rowCount == 0 { try checkDevice(device, isNew: sealedNewest(series, device) == Int64.min) }
    if rows.checkedLayout !== reading.layout || reading.values.count != reading.layout.fields.count
      || !StoreTime.range.contains(time)
    {
      try check(reading, time: time)
      rows.checkedLayout = reading.layout.fields.contains { $0.form == .verbatim } ? nil : reading.layout
    }
    if time <= rows.newest || time <= sealedNewest(series, device) {
      let hash = rows.hash(of: reading)
      if rows.contains(time: time, hash: hash) || index.contains(reading, of: device, time: time, hash: hash) {
        tallies.duplicates += 1
        areCountsWritten = false
        return .duplicate
      }
    }
    try makeRoom(for: series)
    unsealed.append(reading, time: time, toSeries: series)
    hasStored = true
    if mode == .live { pending.append((Int32(series), Int32(unsealed.series[series].rowCount - 1))) }
    return .stored
  }

  func sealedNewest(_ series: Int, _ device: Device) -> Int64 {
    while sealedNewestOfSeries.count <= series {
      sealedNewestOfSeries.append(index.newest(of: unsealed.series[sealedNewestOfSeries.count].device))
    }
    return sealedNewestOfSeries[series]
  }

  func check(_ reading: Reading, time: Int64) throws(StorageError) {
    func refuse(_ cause: String) -> StorageError { StorageError(.invalid, path: path, cause: cause) }
    guard StoreTime.range.contains(time) else { throw refuse("a receive time outside 1970 to 9999") }
    guard reading.values.count == reading.layout.fields.count else { throw refuse("a reading of another shape") }
    guard reading.values.count <= FormatLayout.maximumColumnCount else { throw refuse("more than 256 numbers") }
    for (field, value) in zip(reading.layout.fields, reading.values) {
      guard field.key.name.utf8.count <= FormatLayout.maximumNameByteCount else { throw refuse("a key too long") }
      guard field.form == .verbatim else { continue }
      guard reading.texts.indices.contains(Int(truncatingIfNeeded: value)),
        reading.texts[Int(value)].utf8.count <= FormatLayout.maximumTextByteCount
      else { throw refuse("a text too long") }
    }
  }

  func checkDevice(_ device: Device, isNew: Bool) throws(StorageError) {
    guard isNew, unsealed.rows(of: device)?.rowCount ?? 0 == 0 else { return }
    let known = Set(index.devices).union(unsealed.series.lazy.filter { $0.rowCount > 0 }.map(\.device)).count
    guard known < options.maximumDevices else {
      throw StorageError(.invalid, path: path, cause: "more than \(options.maximumDevices) devices")
    }
    guard device.topic.utf8.count <= FormatLayout.maximumTopicByteCount,
      device.mac?.utf8.count ?? 0 <= FormatLayout.maximumNameByteCount
    else { throw StorageError(.invalid, path: path, cause: "a topic too long") }
  }

  /// Takes in an event, its time cut to the store's resolution.
  public func append(_ event: Event) throws(StorageError) -> Appended {
    precondition(!isClosed, "an event appended to a closed store")
    var event = event
    event.at = event.at.truncated(toMilliseconds: timeUnit)
    guard StoreTime.range.contains(event.at.milliseconds) else {
      throw StorageError(.invalid, path: path, cause: "an event's time outside 1970 to 9999")
    }
    guard event.detail.utf8.count <= Event.maximumDetailBytes,
      event.device?.topic.utf8.count ?? 0 <= FormatLayout.maximumTopicByteCount,
      event.device?.mac?.utf8.count ?? 0 <= FormatLayout.maximumNameByteCount
    else { throw StorageError(.invalid, path: path, cause: "an event's text too long") }
    if unsealed.contains(event) || (event.at.milliseconds <= index.newestEvent && index.contains(event)) {
      tallies.duplicates += 1
      areCountsWritten = false
      return .duplicate
    }
    try makeRoom(for: nil)
    unsealed.append(event)
    hasStored = true
    if mode == .live { pending.append((-1, Int32(unsealed.events.count - 1))) }
    return .stored
  }

  /// Counts a message that is not stored. Counters reach the disk with the next reading or event.
  public func count(_ tally: Tally, times: Int64 = 1) {
    tallies.count(tally, times: times)
    areCountsWritten = false
  }

  /// Keeps memory bounded before a row is added.
  func makeRoom(for series: Int?) throws(StorageError) {
    if let failure { throw failure }
    switch mode {
    case .bulk:
      if let series, unsealed.series[series].rowCount >= Block.maximumRowCount || unsealed.series[series].isFull {
        try writeBlocks(ofSeries: series)
      }
      guard unsealed.byteCount >= options.bulkByteCount || unsealed.events.count >= Block.maximumRowCount else {
        return
      }
      if unsealed.events.count >= Block.maximumRowCount || unsealed.readingCount == 0 { try writeEvents() }
      while unsealed.byteCount > options.bulkByteCount * 7 / 8, unsealed.readingCount > 0,
        let largest = unsealed.series.indices.max(by: {
          unsealed.series[$0].byteCount < unsealed.series[$1].byteCount
        })
      {
        try writeBlocks(ofSeries: largest)
      }
      if unsealed.byteCount > options.bulkByteCount * 7 / 8 { try writeEvents() }
    case .live:
      let isFull = series.map { unsealed.series[$0].isFull } ?? false
      guard unsealed.byteCount >= options.liveByteCount || isFull || pending.count >= 1 << 20 else { return }
      // While the disk refuses, each commit tries again; encoding everything anew for every row would be too much.
      let isWorthATry = failedSealByteCount == 0 || unsealed.byteCount >= failedSealByteCount + (256 << 10)
      if isWorthATry {
        do {
          try seal()
          failedSealByteCount = 0
          return
        } catch {
          failedSealByteCount = unsealed.byteCount
          mustSeal = true
        }
      }
      // Keep what comes, up to twice the usual; then the newest is refused.
      guard unsealed.byteCount >= options.liveByteCount * 2 || isFull else { return }
      throw StorageError(.memoryFull, path: path, cause: "memory's bound is reached and the disk takes nothing")
    }
  }
}

extension SegmentFooter.Entry {
  var readingRowCount: Int { kind == .readings ? rowCount : 0 }
}
