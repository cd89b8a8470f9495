public import EnergyAccounting
public import Readings
import Storage

/// Feeds one logical device's readings and events to its account, in order of time.
public struct MeterFeed<Source: ReadingSource> {
  let source: Source
  let device: LogicalDevice
  let cutPoints: CutPoints

  public init(_ source: Source, _ device: LogicalDevice, _ cutPoints: CutPoints) {
    self.source = source
    self.device = device
    self.cutPoints = cutPoints
  }

  /// What a device used between cut points.
  ///
  /// - Parameters:
  ///   - range: what to read; widened where the plug was silent over one of its ends, so that the step over the
  ///     silence is known.
  ///   - events: of at least `range`, in order of time.
  public func ledger(
    range: Range<Timestamp>, events: [Event], options: MeteringOptions, trace: StepTrace? = nil
  ) -> DeviceLedger {
    func account(_ sharing: SharedTopic?) -> MeterAccount {
      self.account(range: range, events: events, options: options, trace: trace, sharing: sharing)
    }
    var one = account(nil)
    let found = one.finish()
    guard let sharedTopic = one.sharedTopic else { return found }
    // Several plugs on one topic: each is followed by itself.
    trace?.forget()
    var each = account(sharedTopic)
    let parted = each.finish()
    if each.isOfSeveralPlugs { return parted }
    guard let trace else { return found }
    trace.forget()
    var again = account(nil)
    return again.finish()
  }

  /// The account of what there is until now, which more readings may follow.
  func account(
    range: Range<Timestamp>, events: [Event], options: MeteringOptions, trace: StepTrace? = nil,
    sharing: SharedTopic? = nil
  ) -> MeterAccount {
    var account = MeterAccount(cutPoints: cutPoints, options: options, sharing: sharing)
    account.trace = trace
    let read = widened(range)
    for member in device.members {
      guard let origin = member.device.imported, member.last > read.lowerBound, member.first < read.upperBound else {
        continue
      }
      account.tellImported(member.first..<member.last, text: MeterFeed.text(of: origin))
    }
    var pending = events.filter { read.contains($0.at) && device.isConcerned(by: $0) }[...]
    let ignored = ignored
    var left = ignored.filter { $0.range.overlaps(read) }[...]
    var breaks = device.series.breaks.filter(read.contains)[...]
    for window in windows(of: read, without: ignored) {
      while let next = left.first, next.range.lowerBound <= window.lowerBound {
        account.leaveOut(next.range, text: MeterFeed.text(of: next))
        left.removeFirst()
      }
      while let next = breaks.first, next <= window.lowerBound {
        account.swap(at: next, text: "another plug from here on, by 'device swap'")
        breaks.removeFirst()
      }
      if ignored.contains(where: { $0.range.contains(window.lowerBound) }) { continue }
      var soft: RollupScan.SoftEnds = []
      if window.lowerBound == read.lowerBound { soft.insert(.lower) }
      if window.upperBound == read.upperBound { soft.insert(.upper) }
      feed(window, soft: soft, &account, &pending)
    }
    while let event = pending.popFirst() { account.add(event) }
    return account
  }

  private func feed(
    _ window: Range<Timestamp>, soft: RollupScan.SoftEnds, _ account: inout MeterAccount,
    _ events: inout ArraySlice<Event>
  ) {
    let present = device.members.filter { $0.first < window.upperBound && $0.last >= window.lowerBound }
    if present.count == 1 {
      // Events of the window first: they explain the steps that follow them.
      while let event = events.first, event.at < window.upperBound {
        account.add(event)
        events.removeFirst()
      }
      return feedRuns(of: present[0].device, in: window, soft: soft, &account)
    }
    // Two plugs in one window (a swap, or discovery that told the MAC late): their rows take turns.
    var chunks: [(device: Device, rows: ReadingColumns)] = []
    for member in present {
      source.readings(of: member.device, in: window, keys: nil) { chunks.append((member.device, $0)) }
    }
    var order = chunks.indices.flatMap { chunk in
      chunks[chunk].rows.times.indices.map { (time: chunks[chunk].rows.times[$0], chunk: chunk, row: $0) }
    }[...]
    order.sort { ($0.time, $0.chunk, $0.row) < ($1.time, $1.chunk, $1.row) }
    while let first = order.popFirst() {
      var end = first.row + 1
      while let next = order.first, next.chunk == first.chunk, next.row == end {
        order.removeFirst()
        end += 1
      }
      let (device, rows) = chunks[first.chunk]
      MeterFeed.add(rows.rows(first.row..<end), of: device, to: &account, &events)
    }
  }

  /// Runs of rollups where they tell all, rows where they do not or where the account wants to see them.
  private func feedRuns(
    of member: Device, in window: Range<Timestamp>, soft: RollupScan.SoftEnds, _ account: inout MeterAccount
  ) {
    source.stretches(
      of: member, in: window, soft: soft, detail: account.trace == nil ? cutPoints.detail : .cells,
      keys: MeterAccount.keys
    ) { stretch in
      switch stretch {
      case .rows(let rows): account.add(rows, device: member)
      case .runs(let runs): account.add(runs.places, of: runs.rollups, device: member, rows: runs.rows)
      }
    }
  }

  /// What is left out. A history's number at the first instant says what was used before it, and is not.
  private var ignored: [DeviceSeries.Ignored] {
    device.series.ignored.map { ignored in
      let start = ignored.range.lowerBound
      let isHistory = device.members.contains { $0.device.imported != nil && $0.first <= start && $0.last >= start }
      guard isHistory else { return ignored }
      var shorter = ignored
      shorter.range = min(start.advanced(byMilliseconds: 1), ignored.range.upperBound)..<ignored.range.upperBound
      return shorter
    }
  }

  /// One window where no two members overlap, days where they do.
  private func windows(
    of range: Range<Timestamp>, without ignored: [DeviceSeries.Ignored]
  ) -> [Range<Timestamp>] {
    var windows: [Range<Timestamp>] = []
    var edges: Set<Timestamp> = [range.lowerBound, range.upperBound]
    for member in device.members {
      for edge in [member.first, member.last.advanced(byMilliseconds: 1)] where range.contains(edge) {
        edges.insert(edge)
      }
    }
    edges.formUnion(device.series.breaks.filter(range.contains))
    edges.formUnion(
      ignored.flatMap { [$0.range.lowerBound, $0.range.upperBound] }.filter(range.contains))
    let sorted = edges.sorted()
    let day: Int64 = 86_400_000
    for (start, end) in zip(sorted, sorted.dropFirst()) {
      let present = device.members.filter { $0.first < end && $0.last >= start }
      guard present.count > 1 else {
        windows.append(start..<end)
        continue
      }
      var from = start
      while from < end {
        let to = min(end, from.advanced(byMilliseconds: day))
        windows.append(from..<to)
        from = to
      }
    }
    return windows
  }

  /// Calls `account` with the rows, an event between two rows at its place.
  private static func add(
    _ rows: ReadingColumns, of device: Device, to account: inout MeterAccount, _ events: inout ArraySlice<Event>
  ) {
    var start = 0
    while let event = events.first, let last = rows.times.last, event.at <= last {
      // A message of the same instant comes after what was said about the plug.
      var end = start
      while end < rows.rowCount, rows.times[end] < event.at { end += 1 }
      if end > start { account.add(rows.rows(start..<end), device: device) }
      start = end
      account.add(event)
      events.removeFirst()
    }
    if start == 0 {
      account.add(rows, device: device)
    } else if start < rows.rowCount {
      account.add(rows.rows(start..<rows.rowCount), device: device)
    }
  }

  /// The range, reaching back and forward to the nearest reading outside the cut points where the plug has one.
  public func widened(_ range: Range<Timestamp>) -> Range<Timestamp> {
    guard let start = cutPoints.all.first, let end = cutPoints.all.last else { return range }
    let core = start..<end
    var low = range.lowerBound
    var high = range.upperBound
    var step = max(core.lowerBound.milliseconds - low.milliseconds, 86_400_000)
    while low > device.first, !holdsReading(low..<core.lowerBound) {
      low = max(device.first, low.advanced(byMilliseconds: -step))
      step *= 2
    }
    step = max(high.milliseconds - core.upperBound.milliseconds, 86_400_000)
    while high <= device.last, !holdsReading(core.upperBound..<high) {
      high = min(device.last.advanced(byMilliseconds: 1), high.advanced(byMilliseconds: step))
      step *= 2
    }
    return low..<high
  }

  private func holdsReading(_ range: Range<Timestamp>) -> Bool {
    guard !range.isEmpty else { return false }
    return device.members.contains { member in
      member.first < range.upperBound && member.last >= range.lowerBound
        && source.holdsReading(of: member.device, in: range, detail: cutPoints.detail)
    }
  }

  private static func text(of origin: ImportedOrigin) -> String {
    let source =
      switch origin.source {
      case .homeAssistant: "from Home Assistant"
      case .csv: "from a table"
      case .emoncms: "from emoncms"
      }
    return "imported \(source), not measured by the recorder"
  }

  private static func text(of ignored: DeviceSeries.Ignored) -> String {
    let why = ignored.why.isEmpty ? "" : ": \(ignored.why)"
    return "left out by correction \(ignored.correction)\(why); nothing is counted"
  }
}
