import Calendar
import EnergyAccounting
import Household
import MemoryDisk
import Readings
import Reporting
import Storage
import TestSupport

/// The energy of a house in two ways that must agree: by the store, as the program's own query reads it, and by what
/// was sent.
struct LifeReport {
  /// A mistake between the store and the account: the store's rows are right all the same.
  enum SeededBug: CaseIterable {
    /// What an account refuses to take as a run is not read row by row.
    case refusedRunsDropped
    /// Restarts are not told to the account, whose runs then reach over them.
    case restartsForgotten
    /// A run that the range parts is taken whole.
    case partedRunsWhole
  }

  /// Each device's readings that were sent, in order of their time, then of arrival.
  typealias Sent = [Device: [Reading]]

  private let range: Range<Timestamp>
  private let cuts: CutPoints
  private let ignored: Range<Timestamp>?
  private let bug: SeededBug?

  /// Everything, or a part of the time, by quarters of a day from `start` or from somewhere near it; some of the time
  /// left out, as a person may wish.
  init(from start: Timestamp, seed: UInt64, bug: SeededBug? = nil) {
    var random = SeededGenerator(seed: seed)
    let quarter: Int64 = 21_600_000
    let shift = Bool.random(using: &random) ? 0 : Int64.random(in: -quarter...quarter, using: &random)
    let first = Int.random(in: -4...8, using: &random)
    let count = Int.random(in: 1...20, using: &random)
    cuts = CutPoints((first...first + count).map { start.advanced(byMilliseconds: Int64($0) * quarter + shift) })
    let margin = MeteringOptions.surroundings
    range = cuts.all[0].advanced(byMilliseconds: -margin)..<cuts.all[count].advanced(byMilliseconds: margin)
    let from = start.advanced(byMilliseconds: Int64.random(in: -quarter...8 * quarter, using: &random))
    let length = Int64.random(in: 1...2 * quarter, using: &random)
    ignored =
      Bool.random(using: &random) ? nil : from.truncated(toMilliseconds: 1000)..<from.advanced(byMilliseconds: length)
    self.bug = bug
  }

  /// Nil when both are the same, else whose report is not that of what was sent.
  ///
  /// - Parameter disk: on which nothing changes.
  func difference(_ disk: MemoryFileSystem, _ sent: Sent, _ events: [Event]) throws -> String? {
    let store = try store(on: disk)
    let ledgers =
      bug == nil
      ? LedgerQuery(store, store.devices, zone: .utc).ledgers(cutPoints: cuts.all, range: range) : faulty(store)
    let told = events.filter { range.contains($0.at) }
    for ledger in ledgers {
      guard let device = store.devices.first(where: { $0.name == ledger.name }) else { return "\(ledger.name) is new" }
      let read = MeterFeed(store.reader, device, cuts).widened(range)
      var expected = account(of: device, read: read, sent, told)
      var found = ledger.ledger
      // A run of rollups may reach over an end of what is read; that no figure shows it is what is tried here. An account
      // that begins elsewhere may know another pace in its first hours, which lie before the time of the report.
      if let first = found.firstReading, isBeyond(read.lowerBound, first, sent, device), first < read.lowerBound {
        expected.firstReading = first
        found.events.removeAll { $0.to <= cuts.all[0] }
        expected.events.removeAll { $0.to <= cuts.all[0] }
      }
      if let last = found.lastReading, isBeyond(read.upperBound, last, sent, device), last >= read.upperBound {
        expected.lastReading = last
      }
      for place in expected.channels.indices where found.channels.indices.contains(place) {
        LifeReport.join(&expected.channels[place].marks, found.channels[place].marks)
      }
      guard found == expected else {
        let place = LifeReport.firstDifference(found, from: expected)
        return "the report of \(device.name) is not that of what was sent: \(place)"
      }
    }
    return nil
  }

  /// The store, with the ignored time entered in a copy of it.
  private func store(on disk: MemoryFileSystem) throws -> HouseholdStore {
    let store = try HouseholdStore(directory: "s", fileSystem: disk)
    guard let ignored else { return store }
    let copy = disk.copy()
    copy.bug = nil
    let entry = CorrectionEntry(try HouseholdStore(directory: "s", fileSystem: copy), now: ignored.upperBound)
    for device in store.devices { _ = try entry.append(try entry.ignore(device, in: ignored)) }
    return try HouseholdStore(directory: "s", fileSystem: copy)
  }

  /// By the program's feed, from readings that the mistake has spoilt.
  private func faulty(_ store: HouseholdStore) -> [NamedLedger] {
    let events = store.reader.events(in: range).filter { bug != .restartsForgotten || $0.kind != .restart }
    let newest = store.lastReading
    return store.devices.filter { $0.first < range.upperBound }.map { device in
      let feed = MeterFeed(FaultySource(reader: store.reader, bug: bug), device, cuts)
      var options = MeteringOptions(timeZone: .utc)
      options.silence = device.silence(until: newest)
      return NamedLedger(name: device.name, ledger: feed.ledger(range: range, events: events, options: options))
    }
  }

  private struct FaultySource: ReadingSource {
    let reader: StoreReader
    let bug: SeededBug?

    func stretches<Failure: Error>(
      of device: Device, in range: Range<Timestamp>, soft: RollupScan.SoftEnds, detail: RollupDetail,
      keys: Set<FieldKey>?, _ body: (RollupScan.Stretch) throws(Failure) -> Void
    ) throws(Failure) {
      try reader.stretches(
        of: device, in: range, soft: bug == .partedRunsWhole ? [.lower, .upper] : soft, detail: detail, keys: keys
      ) { stretch throws(Failure) in
        guard bug == .refusedRunsDropped, case .runs(let runs) = stretch else { return try body(stretch) }
        try body(.runs(RollupScan.Runs(rollups: runs.rollups, places: runs.places) { _ in nil }))
      }
    }

    func readings<Failure: Error>(
      of device: Device, in range: Range<Timestamp>, keys: Set<FieldKey>?,
      _ body: (ReadingColumns) throws(Failure) -> Void
    ) throws(Failure) { try reader.readings(of: device, in: range, keys: keys, body) }

    func holdsReading(of device: Device, in range: Range<Timestamp>, detail: RollupDetail) -> Bool {
      reader.holdsReading(of: device, in: range, detail: detail)
    }
  }

  // MARK: What was sent

  /// A reading that was sent, less than a day from an end.
  private func isBeyond(_ end: Timestamp, _ instant: Timestamp, _ sent: Sent, _ device: LogicalDevice) -> Bool {
    abs(end.milliseconds - instant.milliseconds) < 86_400_000
      && device.members.contains { sent[$0.device]?.contains { $0.receivedAt == instant } ?? false }
  }

  /// Row by row, as it was sent.
  private func account(
    of device: LogicalDevice, read: Range<Timestamp>, _ sent: Sent, _ events: [Event]
  ) -> DeviceLedger {
    let (one, ledger) = account(of: device, read: read, sent, events, sharing: nil)
    guard let found = one.sharedTopic else { return ledger }
    let (each, parted) = account(of: device, read: read, sent, events, sharing: found)
    return each.isOfSeveralPlugs ? parted : ledger
  }

  /// - Parameter sharing: what a first look found of several plugs on the topic.
  private func account(
    of device: LogicalDevice, read: Range<Timestamp>, _ sent: Sent, _ events: [Event], sharing: SharedTopic?
  ) -> (MeterAccount, DeviceLedger) {
    var options = MeteringOptions(timeZone: .utc)
    options.silence = LifeReport.silence(of: device, sent)
    var account = MeterAccount(cutPoints: cuts, options: options, sharing: sharing)
    for event in events where device.isConcerned(by: event) { account.add(event) }
    var rows: [(member: Int, reading: Reading)] = []
    for (place, member) in device.members.enumerated() {
      rows += (sent[member.device] ?? []).filter { read.contains($0.receivedAt) }.map { (place, $0) }
    }
    rows = rows.enumerated().sorted {
      ($0.element.reading.receivedAt, $0.element.member, $0.offset)
        < ($1.element.reading.receivedAt, $1.element.member, $1.offset)
    }.map(\.element)
    func add(_ rows: some Sequence<(member: Int, reading: Reading)>) {
      for (member, readings) in LifeReport.runs(rows) {
        for columns in LifeReport.columns(readings) { account.add(columns, device: device.members[member].device) }
      }
    }
    if let left = device.series.ignored.first, left.range.overlaps(read) {
      add(rows.filter { $0.reading.receivedAt < left.range.lowerBound })
      account.leaveOut(left.range, text: "left out by correction \(left.correction); nothing is counted")
      add(rows.filter { $0.reading.receivedAt >= left.range.upperBound })
    } else {
      add(rows)
    }
    let ledger = account.finish()
    return (account, ledger)
  }

  /// From the last that was sent of the device to the last of all.
  private static func silence(of device: LogicalDevice, _ sent: Sent) -> Range<Timestamp>? {
    func last(_ readings: some Sequence<[Reading]>) -> Timestamp? {
      readings.joined().map(\.receivedAt).max()?.truncated(toMilliseconds: 1000)
    }
    guard let own = last(device.members.compactMap { sent[$0.device] }), let newest = last(sent.values), own < newest
    else { return nil }
    return own..<newest
  }

  /// Neighbours of one member.
  private static func runs(
    _ rows: some Sequence<(member: Int, reading: Reading)>
  ) -> [(member: Int, readings: [Reading])] {
    rows.reduce(into: []) { runs, row in
      if runs.last?.member == row.member {
        runs[runs.count - 1].readings.append(row.reading)
      } else {
        runs.append((row.member, [row.reading]))
      }
    }
  }

  /// The first of what differs.
  /// Total less Today is rounded twice: whichever reading of a day is looked at one by one may say a unit more or less.
  private static func join(_ marks: inout [CounterMark], _ others: [CounterMark]) {
    guard marks.count == others.count else { return }
    for index in marks.indices {
      guard let total = marks[index].midnightTotal, let other = others[index].midnightTotal,
        (total - other).milliwattHours.magnitude <= 2 * marks[index].unit.milliwattHours.magnitude
      else { continue }
      marks[index].midnightTotal = other
    }
  }

  private static func firstDifference(_ found: DeviceLedger, from expected: DeviceLedger) -> String {
    for (event, other) in zip(found.events, expected.events) where event != other { return "\(event) for \(other)" }
    for (channel, other) in zip(found.channels, expected.channels) where channel != other {
      for (slot, (bucket, otherBucket)) in zip(channel.buckets, other.buckets).enumerated() where bucket != otherBucket
      {
        return "in slot \(slot) \(bucket) for \(otherBucket)"
      }
      for (slot, (one, another)) in zip(channel.statistics, other.statistics).enumerated() where one != another {
        return "in slot \(slot) \(one) for \(another)"
      }
      return "\(channel.plugDays) for \(other.plugDays)"
    }
    if let more = found.events.dropFirst(expected.events.count).first { return "\(more) too much" }
    if let less = expected.events.dropFirst(found.events.count).first { return "\(less) too few" }
    func counts(_ ledger: DeviceLedger) -> String {
      "\(ledger.events.count) events, \(ledger.channels.count) channels, "
        + "from \(ledger.firstReading?.milliseconds ?? 0) to \(ledger.lastReading?.milliseconds ?? 0)"
    }
    return "\(counts(found)) for \(counts(expected))"
  }

  /// Readings side by side, as many at once as have the same fields.
  private static func columns(_ readings: [Reading]) -> [ReadingColumns] {
    var chunks: [ReadingColumns] = []
    var rest = readings[...]
    while let first = rest.first {
      let alike = rest.prefix { $0.layout == first.layout }
      rest = rest[alike.endIndex...]
      let columns = first.layout.fields.enumerated().map { place, field in
        guard field.form == .verbatim else {
          return ReadingColumns.Column(field: field, values: alike.map { $0.values[place] })
        }
        return ReadingColumns.Column(
          field: field, values: alike.indices.map { Int64($0 - alike.startIndex) },
          texts: alike.map { $0.texts[Int($0.values[place])] })
      }
      chunks.append(
        ReadingColumns(times: alike.map { $0.receivedAt.truncated(toMilliseconds: 1000) }, columns: columns))
    }
    return chunks
  }
}
