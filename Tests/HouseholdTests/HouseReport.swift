import EnergyAccounting
import Readings
import SegmentFormat
import Storage
import TestSupport

/// The energy of a house in two ways that must agree: by the store, as `report` reads it, and by what was sent.
struct HouseReport {
  /// A mistake that the report makes on its own: the store's rows are right all the same.
  enum SeededBug: CaseIterable {
    /// What an account refuses to take as a run is not read row by row.
    case refusedRunsDropped
    /// Restarts are not told to the account, whose runs then reach over them.
    case restartsForgotten
    /// A run that the range parts is taken whole.
    case partedRunsWhole
  }

  /// Each device's readings that were sent, in order of their time, then of arrival.
  typealias Sent = [(device: Device, readings: [Reading])]

  let range: Range<Timestamp>
  let cutPoints: [Timestamp]
  var bug: SeededBug?

  /// Everything, or a part of the time, by quarters of a day from `start` or from somewhere near it.
  init(from start: Timestamp, seed: UInt64, bug: SeededBug? = nil) {
    var random = SeededGenerator(seed: seed)
    let quarter: Int64 = 21_600_000
    let shift = Bool.random(using: &random) ? 0 : Int64.random(in: -quarter...quarter, using: &random)
    cutPoints = (-4...16).map { start.advanced(byMilliseconds: Int64($0) * quarter + shift) }
    let first = Int64.random(in: -quarter...8 * quarter, using: &random)
    let length = Int64.random(in: 1...6 * quarter, using: &random)
    let part = start.advanced(byMilliseconds: first)..<start.advanced(byMilliseconds: first + length)
    range = Bool.random(using: &random) ? Fixture.always : part
    self.bug = bug
  }

  /// Nil when both are the same, else whose report is not that of what was sent.
  func difference(_ reader: StoreReader, _ sent: Sent, _ events: [Event]) throws -> String? {
    let stored = reader.events(in: range)
    let told = events.filter { range.contains($0.at) }
    for (device, readings) in sent {
      var account = MeterAccount(cutPoints: CutPoints(cutPoints))
      for event in told where event.device == nil || event.device == device { account.add(event) }
      for rows in HouseReport.columns(readings.filter { range.contains($0.receivedAt) }) {
        account.add(rows, device: device)
      }
      let (found, expected) = (try ledger(of: device, reader, stored), account.finish())
      guard found == expected else {
        let part =
          range == Fixture.always ? "" : "from \(range.lowerBound.milliseconds) to \(range.upperBound.milliseconds) "
        let place = HouseReport.firstDifference(found, from: expected)
        return "the report of \(device.topic) \(part)is not that of what was sent: \(place)"
      }
    }
    return nil
  }

  /// Runs of rollups where the account takes them, rows where it does not.
  private func ledger(of device: Device, _ reader: StoreReader, _ events: [Event]) throws -> DeviceLedger {
    var account = MeterAccount(cutPoints: CutPoints(cutPoints))
    for event in events where event.device == nil || event.device == device {
      if bug == .restartsForgotten, event.kind == .restart { continue }
      account.add(event)
    }
    let soft: RollupScan.SoftEnds = bug == .partedRunsWhole ? [.lower, .upper] : []
    let detail = CutPoints(cutPoints).detail
    reader.stretches(of: device, in: range, soft: soft, detail: detail, keys: MeterAccount.keys) { stretch in
      switch stretch {
      case .rows(let rows): account.add(rows, device: device)
      case .runs(let runs):
        account.add(runs.places, of: runs.series, device: device) { rows in
          bug == .refusedRunsDropped ? nil : runs.rows(rows)
        }
      }
    }
    return account.finish()
  }

  /// The first of what differs.
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
    func counts(_ ledger: DeviceLedger) -> String {
      "\(ledger.events.count) events, \(ledger.channels.count) channels, last at \(ledger.lastReading?.seconds ?? 0)"
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
