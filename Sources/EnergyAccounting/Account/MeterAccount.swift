public import Readings

/// One logical device, fed in time order: every step of its counters becomes energy between cut points.
///
/// Rows before the first cut point give the steps over it their beginning, rows after the last give them their end:
/// feed ``MeteringOptions/surroundings`` on both sides where there are rows. Nothing outside the cut points is counted.
public struct MeterAccount {
  let cuts: CutPoints
  let options: MeteringOptions
  var accounts: [(channel: UInt8, account: CounterAccount)] = []
  var totalForm = TotalForm()
  var shares: ChannelShares
  /// Power came as one number: the plug has one channel, however many it showed while it started.
  var hasOnePower = false
  var causes = GapCauses()
  private var announced = Announcements()
  private(set) var device: Device?
  private(set) var firstReading: Timestamp?
  var lastReading: Timestamp?
  /// Each plug by itself, where several are known to have come under one topic.
  var shared: SharedTopicAccounts?
  /// Readings that tell of no counter and no power, by bucket.
  private var uncounted = UncountedReadings()
  private var leftOut: [LedgerEvent] = []
  /// Set before anything is added, it is told how the figures come about.
  public var trace: StepTrace?
  var rowOfRun = CounterLane(rowCount: 1)

  /// The columns that it looks at.
  public static let keys: Set<FieldKey> = [
    .total, .today, .yesterday, .totalStartTime, .time, .power, .exportActive,
  ]

  /// - Parameter sharing: several plugs came under one topic, as ``sharedTopic`` of a first account told.
  public init(
    cutPoints: CutPoints, options: MeteringOptions = MeteringOptions(), sharing: SharedTopic? = nil
  ) {
    cuts = cutPoints
    self.options = options
    shares = ChannelShares(cuts: cutPoints.all)
    shared = sharing.map(SharedTopicAccounts.init)
  }

  /// Takes readings of the device, not older than those it has.
  ///
  /// Another plug (a MAC that differs, or another topic without a MAC to tell) is a new base with an event.
  public mutating func add(_ rows: ReadingColumns, device: Device) { add(rows, device: device, toChannels: nil) }

  /// - Parameter wanted: the channels whose counters do not have the rows yet; nil for all.
  mutating func add(_ rows: ReadingColumns, device: Device, toChannels wanted: Set<UInt8>?) {
    guard let first = rows.times.first, let last = rows.times.last else { return }
    meet(device, from: first, to: last)
    causes.hear(rows.times)
    if shared != nil { return addShared(rows, device: device) }
    hasOnePower = hasOnePower || rows.column(.power) != nil
    for range in TotalForm.uniformRanges(of: rows) {
      addUniform(range.count < rows.rowCount ? rows.rows(range) : rows, wanted)
    }
  }

  /// Takes rows that tell Total in one form.
  private mutating func addUniform(_ rows: ReadingColumns, _ wanted: Set<UInt8>?) {
    var lane = CounterLane(rowCount: rows.rowCount)
    let lanes = lanes(of: rows)
    if lanes.channels.isEmpty { uncounted.add(rows, cuts.edges) }
    for channel in lanes.channels where wanted?.contains(channel) ?? true {
      let index = account(of: channel)
      var sources = CounterSources(rows, channel: lanes.isFirstOfPhases ? 1 : channel, sumsPower: channel == 0)
      if lanes.isFirstOfPhases { sources.power = CounterSources(rows, channel: 0, sumsPower: true).power }
      if sources.power.count > 1 {
        shares.add(rows, powers: sources.power)
      }
      var start = 0
      while start < rows.rowCount {
        lane.fill(from: rows, start: start, sources: sources, zone: options.timeZone)
        accounts[index].account.add(lane)
        start += lane.count
      }
    }
  }

  mutating func meet(_ device: Device, from first: Timestamp, to last: Timestamp) {
    if self.device != device {
      let origin = device.imported
      if let old = self.device, !MeterAccount.isSamePlug(old, device) {
        // That a history ends and a plug begins is no change of plugs.
        if origin != nil || old.imported != nil {
          interrupt()
        } else {
          swap(at: first, text: MeterAccount.swapText(from: old, to: device))
        }
      }
      for index in accounts.indices { accounts[index].account.presence.hear(history: origin != nil) }
      if self.device?.mac == nil || device.mac != nil || origin != nil { self.device = device }
    }
    firstReading = min(firstReading ?? first, first)
    lastReading = max(lastReading ?? last, last)
  }

  /// Takes an event of the device, or of the recorder or the broker. Restarts explain steps of the counter: they are
  /// added before the rows that follow them (all events first is well).
  public mutating func add(_ event: Event) {
    causes.add(event)
    if shared != nil {
      shared?.add(event)
      return
    }
    switch event.kind {
    case .result:
      if let answer = CounterCommands.answer(in: event.detail, at: event.at.milliseconds) {
        announce { $0.commands.insert(answer) }
      }
    case .broker:
      if event.detail == "connected" { announced.brokerConnectedAt = event.at.milliseconds }
    case .availability:
      // What the broker keeps, and all plugs that a broker's restart makes connect, is told just behind it.
      if event.isConnection, event.at.milliseconds - (announced.brokerConnectedAt ?? .min / 2) > 60_000 {
        announce { $0.starts.connect(at: event.at.milliseconds) }
      }
    case .restart:
      announce { $0.starts.tellsOfStarts = true }
      guard event.detail.hasPrefix("RestartReason") else { return }
      let reason = event.detail.dropFirst("RestartReason".count).drop { $0 == " " }
      let start = PlugStarts.Start(
        at: event.at.milliseconds, isWanted: PlugRestart.isWanted(reason), isPowerOn: PlugRestart.isPowerOn(reason))
      announce { $0.starts.insert(start) }
    default: break
    }
  }

  /// Tells each counter's account, and those that begin later.
  private mutating func announce(_ body: (inout Announcements) -> Void) {
    body(&announced)
    for index in accounts.indices { body(&accounts[index].account.announced) }
  }

  /// From here on the readings are those of another plug (`device swap`).
  public mutating func swap(at time: Timestamp, text: String) {
    for index in shared?.accounts.indices ?? 0..<0 { shared?.accounts[index].swap(at: time, text: text) }
    for index in accounts.indices { accounts[index].account.swap(at: time.milliseconds, text: text) }
  }

  /// Rows of `range` are not fed and nothing is counted over it (`device ignore`): what follows is a new base.
  public mutating func leaveOut(_ range: Range<Timestamp>, text: String) {
    interrupt()
    for index in shared?.accounts.indices ?? 0..<0 { shared?.accounts[index].interrupt() }
    leftOut.append(
      LedgerEvent(
        kind: .gap, from: range.lowerBound, to: range.upperBound, energy: .zero, cause: "ignored", text: text))
  }

  /// Readings of `range` were imported, not measured here.
  public mutating func tellImported(_ range: Range<Timestamp>, text: String) {
    leftOut.append(
      LedgerEvent(
        kind: .imported, from: range.lowerBound, to: range.upperBound, energy: nil, cause: "imported", text: text))
  }

  /// What follows is a new base.
  mutating func interrupt() {
    for index in accounts.indices { accounts[index].account.interrupt() }
  }

  /// Drops what was found out so far beside energies: gaps, decisions, the plug's own days. An account that goes on for
  /// as long as a recorder runs would keep them all.
  public mutating func keepEnergies() {
    causes = GapCauses()
    leftOut = []
    for index in accounts.indices { accounts[index].account.keepEnergies() }
    shared?.keepEnergies()
  }

  /// What was said on the bus, and what a person left out.
  mutating func told() -> [LedgerEvent] {
    causes.sort()
    return causes.told(until: lastReading) + leftOut
  }

  /// The ledger of everything that was added. Readings that are still in doubt are left out.
  public mutating func finish() -> DeviceLedger {
    if shared != nil { return finishShared() }
    let said = told()
    var ledger = DeviceLedger(
      cutPoints: cuts.all, bucketEdges: cuts.edges, firstReading: firstReading, lastReading: lastReading)
    var events: [LedgerEvent] = []
    var silences: [Range<Int64>: CounterAccount.Silence] = [:]
    let isSeveral = accounts.count > 1
    for index in accounts.indices {
      accounts[index].account.finish()
      let counted = accounts[index].account.presence.takeBuckets()
      let (channel, account) = accounts[index]
      // Zero phases while a three-phase driver starts are no channels.
      if isSeveral, !account.findings.hasSpoken,
        accounts.contains(where: { $0.account.findings.hasSpoken })
      {
        continue
      }
      // Nor is a form of Total that came once.
      if isSeveral, !account.findings.hasStepped,
        accounts.contains(where: { $0.account.findings.hasStepped })
      {
        continue
      }
      ledger.channels.append(self.ledger(of: account, channel: channel, counted))
      for var event in account.findings.events {
        if event.kind == .clock || event.kind == .swap, isSeveral {
          event.channel = nil
          event.before = nil
        }
        events.append(event)
      }
      for silence in account.findings.silences where silence.to > silence.from {
        var sum = silence
        if let other = silences[silence.from..<silence.to] {
          sum.energy &+= other.energy
          sum.isLost = sum.isLost || other.isLost
          sum.isPowerCut = sum.isPowerCut || other.isPowerCut
        }
        silences[silence.from..<silence.to] = sum
      }
    }
    let places = ledger.channels.map(\.counterPlaces).max() ?? 3
    events.append(
      contentsOf: silences.values.map { gap($0, places: places) })
    events += said
    if let silence = openSilence() { events.append(silence) }
    if ledger.channels.isEmpty, let firstReading, let lastReading {
      ledger.channels.append(uncounted.ledger(cuts))
      events.append(UncountedReadings.event(from: firstReading, to: lastReading))
    }
    ledger.take(events)
    ledger.hours = hoursForSections
    return ledger
  }

  /// Nil where a shorter time may make another ledger of the same readings: with several channels, another form of
  /// Total, other digits, a scale.
  private var hoursForSections: [PowerHour]? {
    guard accounts.count == 1, uncounted.isEmpty, shares.isEmpty, options.scales.isEmpty else { return nil }
    let account = accounts[0].account
    guard account.findings.fewestPlaces == account.findings.places, !account.findings.lacksTotal else { return nil }
    return account.presence.hours
  }

  private func ledger(of account: CounterAccount, channel: UInt8, _ counted: consuming [Bucket]) -> ChannelLedger {
    var buckets = counted
    account.series.fill(&buckets)
    let slots = account.series.slots()
    let places = account.findings.places ?? 3
    var ledger = ChannelLedger(
      channel: channel == 0 ? nil : Int(channel), counterPlaces: places, slots: slots, buckets: buckets,
      statistics: account.presence.statistics, plugDays: account.findings.plugDays,
      channelShares: channel == 0 && !hasOnePower ? shares.divide(slots, unit: Energy.unit(places: places)) : [])
    ledger.marks = account.findings.marks
    return ledger
  }

  private func gap(_ silence: CounterAccount.Silence, places: Int) -> LedgerEvent {
    let counted = Energy(milliwattHours: silence.energy)
    let isImported = leftOut.contains { event in
      event.kind == .imported && event.from.milliseconds <= silence.from && event.to.milliseconds >= silence.to
    }
    if isImported {
      return LedgerEvent(
        kind: .gap, from: Timestamp(milliseconds: silence.from), to: Timestamp(milliseconds: silence.to),
        energy: counted, cause: "history",
        text: "the history has no number; \(counted.kilowattHours(places: places)) kWh from what follows")
    }
    let cause = causes.cause(from: silence.from, to: silence.to, isPowerCut: silence.isPowerCut)
    let known =
      silence.isPowerCut
      ? "what was used before the power cut is not known"
      : silence.isLost && counted == .zero
        ? "what was used is not known"
        : "\(counted.kilowattHours(places: places)) kWh from the counter"
    return LedgerEvent(
      kind: .gap, from: Timestamp(milliseconds: silence.from), to: Timestamp(milliseconds: silence.to),
      energy: counted, cause: cause.word, text: "no messages (\(cause.text)); \(known)")
  }

  // MARK: Channels and plugs

  mutating func account(of channel: UInt8) -> Int {
    if let index = accounts.firstIndex(where: { $0.channel == channel }) { return index }
    var account = CounterAccount(
      channel: channel == 0 ? nil : Int(channel), cuts: cuts, options: options, announced: announced)
    account.trace = trace
    account.presence.hear(history: device?.imported != nil)
    let index = accounts.firstIndex { $0.channel > channel } ?? accounts.count
    accounts.insert((channel, account), at: index)
    return index
  }

  private static func isSamePlug(_ old: Device, _ new: Device) -> Bool {
    if let oldMAC = old.mac, let newMAC = new.mac { return oldMAC == newMAC }
    return old.topic == new.topic
  }

  private static func swapText(from old: Device, to new: Device) -> String {
    func name(_ device: Device) -> String { device.mac ?? device.topic }
    return "another plug: \(name(old)) until here, \(name(new)) from here"
  }
}
