import Readings

/// That readings of several plugs came under one topic, as a first look at them shows.
public struct SharedTopic: Hashable, Sendable {
  /// Each plug has a TotalStartTime of its own.
  let isToldByStartTimes: Bool
}

/// The accounts of plugs that were left on one topic: each counter by itself.
struct SharedTopicAccounts {
  var courses: PlugCourses
  /// By course.
  var accounts: [MeterAccount] = []
  /// What was said so far, for accounts that begin later.
  private var events: [Event] = []
  /// Starts that are not told yet, in order.
  private var starts: [Event] = []

  /// Nobody knows whose start it was where several have been heard within this time, in ms: then their counters alone tell.
  private static let company: Int64 = 3 * 3_600_000

  init(_ sharing: SharedTopic) { courses = PlugCourses(startTimesTell: sharing.isToldByStartTimes) }

  mutating func add(_ event: Event) {
    guard event.kind != .restart else {
      starts.insert(event, at: starts.partitioningIndex { $0.at > event.at })
      return
    }
    events.append(event)
    for index in accounts.indices { accounts[index].add(event) }
  }

  /// Tells starts up to an instant, before what was read at it is added.
  mutating func tellStarts(until time: Timestamp) {
    while let start = starts.first, start.at <= time {
      starts.removeFirst()
      let heard = courses.courses.filter {
        $0.returns > 0 && start.at.milliseconds - $0.last.time <= SharedTopicAccounts.company
      }
      guard heard.count < 2 else { continue }
      for index in accounts.indices { accounts[index].add(start) }
    }
  }

  /// Drops what was found out so far beside energies.
  mutating func keepEnergies() {
    events = []
    for index in accounts.indices { accounts[index].keepEnergies() }
  }

  mutating func begin(_ course: Int, _ account: MeterAccount) {
    guard course >= accounts.count else { return accounts[course].interrupt() }
    accounts.append(account)
    for event in events { accounts[course].add(event) }
  }
}

extension MeterAccount {
  /// Several plugs on one topic, where the readings that were added show them: this account took them for one, so the
  /// same readings are to be added to one that is made with it (``init(cutPoints:options:sharing:)``).
  public var sharedTopic: SharedTopic? {
    guard shared == nil else { return nil }
    let courses = accounts.map(\.account.courses).first { !$0.plugs.isEmpty }
    return courses.map { SharedTopic(isToldByStartTimes: $0.isToldByStartTimes) }
  }

  /// Of an account that was made with ``sharedTopic`` and has ended: whether it found several plugs, too. It looked at
  /// each reading, the first account only at those of which something had to be decided; where it found one plug alone,
  /// the first one is right.
  public var isOfSeveralPlugs: Bool { shared.map { !$0.courses.plugs.isEmpty } ?? false }

  /// Gives each row to the account of its plug.
  mutating func addShared(_ rows: ReadingColumns, device: Device) {
    guard let channel = MeterAccount.channels(with: .total, in: rows).first else { return }
    let sources = CounterSources(rows, channel: channel, sumsPower: channel == 0)
    var lane = CounterLane(rowCount: rows.rowCount)
    var start = 0
    while start < rows.rowCount {
      lane.fill(from: rows, start: start, sources: sources, zone: options.timeZone)
      var (first, owner) = (0, 0)
      for row in 0..<lane.count {
        shared?.tellStarts(until: rows.times[start + row])
        guard let (course, isNew) = shared?.courses.place(lane.point(row)) else { return }
        if row > first, course != owner || isNew {
          shared?.accounts[owner].add(rows.rows(start + first..<start + row), device: device)
          first = row
        }
        if isNew { beginCourse(course) }
        owner = course
      }
      shared?.accounts[owner].add(rows.rows(start + first..<start + lane.count), device: device)
      start += lane.count
    }
  }

  /// Gives a run, all of it one plug's, to the account of that plug.
  mutating func addShared(
    _ place: Int, of rollups: Rollups, device: Device, rows: (Range<Int>) throws -> ReadingColumns?
  ) rethrows {
    let first = rollups.counters[0]
    let run = first.runs[place]
    shared?.tellStarts(until: run.last.time)
    guard let (course, isNew) = shared?.courses.place(CounterPoint(run.first, first.form)) else { return }
    if isNew { beginCourse(course) }
    try shared?.accounts[course].add(place..<place + 1, of: rollups, device: device, rows: rows)
    shared?.courses.follow(CounterPoint(run.last, first.form), in: course)
  }

  private mutating func beginCourse(_ course: Int) {
    var options = options
    // Of the plugs on a topic, whoever speaks last: who takes turns is not silent.
    options.silence = nil
    var account = MeterAccount(cutPoints: cuts, options: options)
    account.trace = trace
    shared?.begin(course, account)
  }

  /// The ledgers of all plugs as one, with what there is to say of the topic.
  mutating func finishShared() -> DeviceLedger {
    guard var shared else { return DeviceLedger(cutPoints: cuts.all) }
    let spans = shared.courses.sharedSpans
    let plugs = shared.courses.plugs
    var ledger = DeviceLedger(
      cutPoints: cuts.all, bucketEdges: cuts.edges, firstReading: firstReading, lastReading: lastReading)
    var events = told()
    for index in shared.accounts.indices {
      let other = shared.accounts[index].finish()
      // What was said on the bus was said of all.
      events += other.events.filter { ![.availability, .relay, .restart].contains($0.kind) }
      for channel in other.channels { ledger.add(channel, spans: spans) }
    }
    if let silence = openSilence() { events.append(silence) }
    ledger.channels.sort { ($0.channel ?? 0) < ($1.channel ?? 0) }
    for span in spans { ledger.markShared(span) }
    events += spans.map { span in
      // Of a plug that came later its first turn is yet to come.
      SharedTopicAccounts.event(
        span, plugs.map { $0 < span.lasts.count ? span.lasts[$0] : shared.courses.courses[$0].last })
    }
    ledger.take(events)
    return ledger
  }
}

extension SharedTopicAccounts {
  /// What there is to say of a time in which plugs took turns.
  fileprivate static func event(_ span: PlugCourses.Span, _ plugs: [CounterPoint]) -> LedgerEvent {
    let count = plugs.count == 2 ? "two" : plugs.count == 3 ? "three" : "several"
    let totals = plugs.map { Energy(milliwattHours: $0.total).kilowattHours(places: $0.places) }.sorted()
    return LedgerEvent(
      kind: .sharedTopic, from: Timestamp(milliseconds: span.from), to: Timestamp(milliseconds: span.to),
      cause: "several-plugs",
      text:
        "\(count) plugs on one topic: counters at \(totals.joined(separator: " and ")) kWh take turns; each is followed, "
        + "but which use is whose nobody can tell; give each plug a topic of its own")
  }
}

extension DeviceLedger {
  /// Adds what another plug of the topic counted.
  fileprivate mutating func add(_ other: ChannelLedger, spans: [PlugCourses.Span]) {
    guard let place = channels.firstIndex(where: { $0.channel == other.channel }) else {
      channels.append(other)
      return
    }
    var sum = channels[place]
    sum.counterPlaces = max(sum.counterPlaces, other.counterPlaces)
    sum.slots = SlotEnergies(
      zip(sum.slots, other.slots).map { SlotEnergy(use: $0.use + $1.use, export: $0.export + $1.export) })
    for index in sum.buckets.indices {
      let edges = (bucketEdges[index].milliseconds, bucketEdges[index + 1].milliseconds)
      let isShared = spans.contains { $0.from < edges.1 && $0.to >= edges.0 }
      sum.buckets[index].add(beside: other.buckets[index], isShared: isShared)
    }
    for index in sum.statistics.indices {
      let (one, two) = (sum.statistics[index].alwaysOnMilliwatts, other.statistics[index].alwaysOnMilliwatts)
      sum.statistics[index].alwaysOnMilliwatts = one.map { $0 + (two ?? 0) } ?? two
    }
    // Of a day that two plugs end, neither figure is the topic's.
    let days = Dictionary(grouping: sum.plugDays + other.plugDays, by: \.end)
    sum.plugDays = days.values.compactMap { $0.count == 1 ? $0.first : nil }.sorted { $0.end < $1.end }
    sum.channelShares = []
    channels[place] = sum
  }

  fileprivate mutating func markShared(_ span: PlugCourses.Span) {
    for place in channels.indices {
      channels[place].plugDays.removeAll {
        $0.end.milliseconds >= span.from && $0.end.milliseconds - 86_400_000 <= span.to
      }
      for index in channels[place].buckets.indices
      where span.from < bucketEdges[index + 1].milliseconds && span.to >= bucketEdges[index].milliseconds {
        channels[place].buckets[index].isShared = true
      }
    }
  }
}

extension Bucket {
  /// Adds what another plug counted in the same time. Where they do not take turns only one of them is there.
  fileprivate mutating func add(beside other: Bucket, isShared: Bool) {
    measured += other.measured
    inferred += other.inferred
    export += other.export
    messages += other.messages
    covered = isShared ? max(covered, other.covered) : min(covered + other.covered, duration)
    inferredTime = min(
      isShared ? max(inferredTime, other.inferredTime) : inferredTime + other.inferredTime, duration - covered)
    missing = duration - covered - inferredTime
    dividedAtStart = dividedAtStart || other.dividedAtStart
    dividedAtEnd = dividedAtEnd || other.dividedAtEnd
    if let peak = other.peakMilliwatts, peak > peakMilliwatts ?? .min {
      (peakMilliwatts, peakAt) = (peak, other.peakAt)
    }
    if let lowest = other.lowestMilliwatts { lowestMilliwatts = min(lowest, lowestMilliwatts ?? .max) }
    powerTime &+= other.powerTime
    poweredTime = isShared ? max(poweredTime, other.poweredTime) : min(poweredTime + other.poweredTime, duration)
  }
}
