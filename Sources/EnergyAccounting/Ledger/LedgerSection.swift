public import Readings

/// A UTC hour, or the part of it that lies in a bucket, as statistics see it.
struct PowerHour: Hashable, Sendable {
  /// The place of the bucket.
  var bucket: Int
  /// The hour's end, in milliseconds since 1970.
  var end: Int64
  /// The lowest power in it, in milliwatts, and for how long power was known, in milliseconds.
  var lowest: Int64
  var covered: Int64
}

/// Where a shorter time lies among the cut points of longer ledgers.
public struct LedgerSection: Sendable {
  let cutPoints: [Timestamp]
  let edges: [Timestamp]
  /// For each cut point its place in the whole, for each edge its place among the whole's edges.
  let slotPlaces: [Int]
  let bucketPlaces: [Int]
  /// What would be read for this time alone.
  let read: Range<Timestamp>

  /// - Parameters:
  ///   - cutPoints: of the section, in order.
  ///   - edges: some of them, between which buckets lie.
  ///   - read: what would be read for the section alone.
  ///   - whole: of the ledgers that it is a section of.
  /// - Precondition: they are cut points and edges of the whole, too.
  public init(cutPoints: [Timestamp], edges: [Timestamp], read: Range<Timestamp>, of whole: CutPoints) {
    func place(_ instant: Timestamp, in all: [Timestamp]) -> Int {
      let place = all.indices.partitionPoint { all[$0] >= instant }
      precondition(place < all.count && all[place] == instant, "a section is cut where the whole is not")
      return place
    }
    self.cutPoints = cutPoints
    self.edges = edges
    self.read = read
    slotPlaces = cutPoints.map { place($0, in: whole.all) }
    bucketPlaces = edges.map { place($0, in: whole.edges) }
  }
}

extension DeviceLedger {
  /// The ledger of a shorter time, the same to all who report of that time as if only it had been read.
  ///
  /// It has the events of that time alone, and no ``ChannelLedger/marks``.
  ///
  /// - Returns: nil where this cannot be told from here, and the time has to be read by itself.
  public func section(_ section: LedgerSection) -> DeviceLedger? {
    guard let hours, let whole = channels.first, let start = section.cutPoints.first, let end = section.cutPoints.last
    else { return nil }
    guard isPlain(around: section.read) else { return nil }
    func sums(_ energies: [Energy]) -> [Energy] {
      zip(section.slotPlaces, section.slotPlaces.dropFirst()).map { energies[$0..<$1].reduce(.zero, +) }
    }
    var channel = ChannelLedger(
      channel: whole.channel, counterPlaces: whole.counterPlaces,
      slots: SlotEnergies(
        uses: sums(whole.slots.uses), exports: whole.slots.exports.isEmpty ? [] : sums(whole.slots.exports)),
      buckets: [], plugDays: whole.plugDays)
    for (from, to) in zip(section.bucketPlaces, section.bucketPlaces.dropFirst()) {
      channel.buckets.append(whole.sum(from..<to))
      channel.statistics.append(DeviceLedger.statistics(of: hours, in: from..<to))
    }
    return DeviceLedger(
      cutPoints: section.cutPoints, bucketEdges: section.edges, channels: [channel],
      events: events.filter { $0.concerns(start..<end) },
      firstReading: firstReading, lastReading: lastReading)
  }

  /// Is nothing decided in what would be read? What a doubtful counter means may be seen otherwise from nearer by.
  private func isPlain(around read: Range<Timestamp>) -> Bool {
    // A time that ends in a silence is read to the silence's other end.
    let gaps = events.lazy.filter { $0.kind == .gap && $0.from < read.upperBound && $0.to >= read.lowerBound }
    let (start, end) = gaps.reduce((read.lowerBound, read.upperBound)) { (min($0.0, $1.from), max($0.1, $1.to)) }
    return !events.contains { event in
      switch event.kind {
      case .gap, .availability, .relay, .restart: false
      // Within a history nothing is decided, where it begins or ends something may be.
      case .imported: (start...end).contains(event.from) || (start...end).contains(event.to)
      default: event.from <= end && event.to >= start
      }
    }
  }

  /// Parts of one hour are put together again.
  private static func statistics(of hours: [PowerHour], in buckets: Range<Int>) -> PowerStatistics {
    var histogram = PowerHistogram()
    var place = hours.indices.partitionPoint { hours[$0].bucket >= buckets.lowerBound }
    while place < hours.count, hours[place].bucket < buckets.upperBound {
      var hour = hours[place]
      place += 1
      while place < hours.count, hours[place].bucket < buckets.upperBound, hours[place].end == hour.end {
        hour.lowest = min(hour.lowest, hours[place].lowest)
        hour.covered += hours[place].covered
        place += 1
      }
      histogram.add(hour.lowest, hour.covered)
    }
    return PowerStatistics(alwaysOnMilliwatts: histogram.percentile(20))
  }
}
