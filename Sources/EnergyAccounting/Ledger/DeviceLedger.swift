public import Readings

/// What one logical device used between cut points, and everything that was decided on the way.
public struct DeviceLedger: Hashable, Sendable {
  /// Strictly increasing; slot `i` is the half-open time from cut point `i` to `i + 1`.
  public var cutPoints: [Timestamp]
  /// A subset of the cut points; bucket `i` is the half-open time from edge `i` to `i + 1`.
  public var bucketEdges: [Timestamp]
  /// One with channel nil, or one for each channel whose counter is its own, in order. Empty without any reading.
  public var channels: [ChannelLedger]
  /// By start, then by end.
  public var events: [LedgerEvent]
  /// The first and the last reading that was fed, whether or not they lie between the cut points.
  public var firstReading: Timestamp?
  public var lastReading: Timestamp?
  /// What ``section(_:)`` makes statistics of; nil where the ledger has no sections.
  var hours: [PowerHour]?

  /// - Parameter bucketEdges: empty for all cut points.
  public init(
    cutPoints: [Timestamp], bucketEdges: [Timestamp] = [], channels: [ChannelLedger] = [], events: [LedgerEvent] = [],
    firstReading: Timestamp? = nil, lastReading: Timestamp? = nil
  ) {
    self.cutPoints = cutPoints
    self.bucketEdges = bucketEdges.isEmpty ? cutPoints : bucketEdges
    self.channels = channels
    self.events = events
    self.firstReading = firstReading
    self.lastReading = lastReading
  }

  /// Takes events: in order, and what channels of one plug tell alike once.
  mutating func take(_ found: [LedgerEvent]) {
    // By place: an event is several texts to copy.
    let order = found.indices.sorted { found[$0].precedes(found[$1]) }
    events.reserveCapacity(order.count)
    for (place, index) in order.enumerated() where place == 0 || found[index] != found[order[place - 1]] {
      events.append(found[index])
    }
  }

  /// The indices of the buckets that lie within `range`, which begins and ends on edges.
  public func buckets(in range: Range<Timestamp>) -> Range<Int> {
    let first = bucketEdges.firstIndex { $0 >= range.lowerBound } ?? max(bucketEdges.count - 1, 0)
    let last = bucketEdges.lastIndex { $0 <= range.upperBound } ?? 0
    return first..<max(first, last)
  }
}

/// One counter of a device.
public struct ChannelLedger: Hashable, Sendable {
  /// nil when the plug sends one Total; 1, 2, … when it sends an array of them.
  public var channel: Int?
  /// Digits after the point of kWh: what the counter is printed with; 3 where there is no counter.
  public var counterPlaces: Int
  /// What was used between neighbouring cut points: as fine as prices are.
  public var slots: SlotEnergies
  /// All that is known between neighbouring edges; each is made of whole slots.
  public var buckets: [Bucket]
  /// One per bucket.
  public var statistics: [PowerStatistics]
  /// What the plug itself announced as `Yesterday`, by the end of the day that it means.
  public var plugDays: [PlugDay]
  /// For one Total over several channels of power: per slot the energy of channel 1, 2, …, from integrated power,
  /// scaled so that the channels add up to the slot's energy exactly. Empty otherwise.
  public var channelShares: [[Energy]]
  /// What the counter was on each of the plug's days: by it a plug is known again under another topic.
  public var marks: [CounterMark] = []

  public init(
    channel: Int?, counterPlaces: Int, slots: SlotEnergies, buckets: [Bucket], statistics: [PowerStatistics] = [],
    plugDays: [PlugDay] = [], channelShares: [[Energy]] = []
  ) {
    self.channel = channel
    self.counterPlaces = counterPlaces
    self.slots = slots
    self.buckets = buckets
    self.statistics = statistics
    self.plugDays = plugDays
    self.channelShares = channelShares
  }

  /// Use in some neighbouring slots.
  public func use(_ range: Range<Int>) -> Energy { slots.uses[range].reduce(.zero, +) }

  /// The sum of some buckets.
  public func sum(_ range: Range<Int>) -> Bucket {
    range.count == 1 ? buckets[range.lowerBound] : buckets[range].reduce(into: Bucket()) { $0.add($1) }
  }
}

/// What happened between two neighbouring edges. Sums of buckets are buckets.
public struct Bucket: Hashable, Sendable {
  /// Length in milliseconds; `covered + inferredTime + missing`.
  public var duration: Int64
  /// Use between readings that follow each other at the plug's own pace.
  public var measured: Energy
  /// Use that the counter shows over a silence.
  public var inferred: Energy
  /// What went back to the grid; never negative.
  public var export: Energy
  /// Milliseconds with readings at the plug's own pace.
  public var covered: Int64
  /// Milliseconds of silence whose energy the counter gave.
  public var inferredTime: Int64
  /// Milliseconds of which nothing is known: before the first reading, after the last, or before a power cut.
  public var missing: Int64
  /// True where energy of a silence was divided at the bucket's start (its end) in proportion to time alone.
  public var dividedAtStart: Bool
  public var dividedAtEnd: Bool
  public var messages: Int
  /// Highest power of a sound reading, in milliwatts, and the second in which it was first seen; nil without power.
  public var peakMilliwatts: Int64?
  public var peakAt: Timestamp?
  /// Lowest power of a sound reading, or held from one before, in milliwatts; nil without power.
  public var lowestMilliwatts: Int64?
  /// Power, each value held until the next message, summed over the whole seconds of the covered time, in milliwatts ×
  /// milliseconds.
  public var powerTime: Int64
  /// The milliseconds of those seconds.
  public var poweredTime: Int64
  /// Several plugs came under the topic: whose the energy is nobody can tell.
  public var isShared = false

  public init(
    duration: Int64 = 0, measured: Energy = .zero, inferred: Energy = .zero, export: Energy = .zero, covered: Int64 = 0,
    inferredTime: Int64 = 0, missing: Int64 = 0, dividedAtStart: Bool = false, dividedAtEnd: Bool = false,
    messages: Int = 0, peakMilliwatts: Int64? = nil, peakAt: Timestamp? = nil, lowestMilliwatts: Int64? = nil,
    powerTime: Int64 = 0, poweredTime: Int64 = 0
  ) {
    self.duration = duration
    self.measured = measured
    self.inferred = inferred
    self.export = export
    self.covered = covered
    self.inferredTime = inferredTime
    self.missing = missing
    self.dividedAtStart = dividedAtStart
    self.dividedAtEnd = dividedAtEnd
    self.messages = messages
    self.peakMilliwatts = peakMilliwatts
    self.peakAt = peakAt
    self.lowestMilliwatts = lowestMilliwatts
    self.powerTime = powerTime
    self.poweredTime = poweredTime
  }

  /// Use: measured and inferred.
  public var energy: Energy { measured + inferred }

  /// True when none of the energy is missing and none was placed here by time alone.
  public var isComplete: Bool { missing == 0 && !dividedAtStart && !dividedAtEnd && !isShared }

  /// Mean of the held power over the covered time, in milliwatts.
  public var meanMilliwatts: Int64? { poweredTime > 0 ? powerTime / poweredTime : nil }

  /// Adds the bucket that follows. A silence divided inside the sum leaves the sum exact: only its own edges count.
  public mutating func add(_ other: Bucket) {
    if duration == 0 { dividedAtStart = other.dividedAtStart }
    dividedAtEnd = other.dividedAtEnd
    duration += other.duration
    measured += other.measured
    inferred += other.inferred
    export += other.export
    covered += other.covered
    inferredTime += other.inferredTime
    missing += other.missing
    messages += other.messages
    if let peak = other.peakMilliwatts, peak > peakMilliwatts ?? .min {
      peakMilliwatts = peak
      peakAt = other.peakAt
    }
    if let lowest = other.lowestMilliwatts { lowestMilliwatts = min(lowest, lowestMilliwatts ?? .max) }
    powerTime &+= other.powerTime
    poweredTime += other.poweredTime
    isShared = isShared || other.isShared
  }
}

/// Power over a report's period, for what cannot be summed from buckets.
public struct PowerStatistics: Hashable, Sendable {
  /// The power that the plug was at or below for 5 % of the covered time, in milliwatts: what is always on.
  /// Nil without power readings.
  public var alwaysOnMilliwatts: Int64?

  public init(alwaysOnMilliwatts: Int64? = nil) { self.alwaysOnMilliwatts = alwaysOnMilliwatts }
}

/// The plug's own figure for one of its days.
public struct PlugDay: Hashable, Sendable {
  /// The plug's midnight at the day's end, in UTC.
  public var end: Timestamp
  public var yesterday: Energy

  public init(end: Timestamp, yesterday: Energy) {
    self.end = end
    self.yesterday = yesterday
  }
}
