import Configuration
import EnergyAccounting
import Readings
import Storage
import Text

/// Feeds one logical device's readings and events to its account, in order of time.
struct MeterFeed {
  let store: StoreAccess
  let device: LogicalDevice
  let cutPoints: CutPoints

  /// What a device used between cut points.
  ///
  /// - Parameters:
  ///   - range: what to read; widened where the plug was silent over one of its ends, so that the step over the
  ///     silence is known.
  ///   - events: of at least `range`, in order of time.
  ///   - sharing: that several plugs came under the topic, where that is known.
  func ledger(
    range: Range<Timestamp>, events: [Event], options: MeteringOptions, trace: StepTrace? = nil,
    sharing: SharedTopic? = nil
  ) throws(Failure) -> DeviceLedger {
    var account = MeterAccount(cutPoints: cutPoints, options: options, sharing: sharing)
    account.trace = trace
    guard let first = cutPoints.all.first, let last = cutPoints.all.last else { return account.finish() }
    let read = try widened(range, around: first..<last)
    var pending = events.filter { read.contains($0.at) && device.isConcerned(by: $0) }[...]
    var left = device.series.ignored.filter { $0.range.overlaps(read) }[...]
    var breaks = device.series.breaks.filter(read.contains)[...]
    for window in windows(of: read) {
      while let next = left.first, next.range.lowerBound <= window.lowerBound {
        account.leaveOut(next.range, text: MeterFeed.text(of: next))
        left.removeFirst()
      }
      while let next = breaks.first, next <= window.lowerBound {
        account.swap(at: next, text: "another plug from here on, by 'device swap'")
        breaks.removeFirst()
      }
      if device.series.ignored.contains(where: { $0.range.contains(window.lowerBound) }) { continue }
      var soft: RollupScan.SoftEnds = []
      if window.lowerBound == read.lowerBound { soft.insert(.lower) }
      if window.upperBound == read.upperBound { soft.insert(.upper) }
      try feed(window, soft: soft, &account, &pending)
    }
    while let event = pending.popFirst() { account.add(event) }
    let ledger = account.finish()
    // Several plugs on one topic: each is followed by itself.
    guard let found = account.sharedTopic else { return ledger }
    trace?.forget()
    return try self.ledger(range: range, events: events, options: options, trace: trace, sharing: found)
  }

  private func feed(
    _ window: Range<Timestamp>, soft: RollupScan.SoftEnds, _ account: inout MeterAccount,
    _ events: inout ArraySlice<Event>
  ) throws(Failure) {
    let present = device.members.filter { $0.first < window.upperBound && $0.last >= window.lowerBound }
    if present.count == 1 {
      // Events of the window first: they explain the steps that follow them.
      while let event = events.first, event.at < window.upperBound {
        account.add(event)
        events.removeFirst()
      }
      return try feedRuns(of: present[0].device, in: window, soft: soft, &account)
    }
    // Two plugs in one window (a swap, or discovery that told the MAC late): their rows take turns.
    var chunks: [(device: Device, rows: ReadingColumns)] = []
    for member in present { try scan(member.device, in: window) { chunks.append((member.device, $0)) } }
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
  ) throws(Failure) {
    store.reader.stretches(
      of: member, in: window, soft: soft, detail: account.trace == nil ? cutPoints.detail : .cells,
      keys: MeterAccount.keys
    ) { stretch in
      switch stretch {
      case .rows(let rows): account.add(rows, device: member)
      case .runs(let runs): account.add(runs.places, of: runs.series, device: member, rows: runs.rows)
      }
    }
  }

  /// One window where no two members overlap, days where they do.
  private func windows(of range: Range<Timestamp>) -> [Range<Timestamp>] {
    var windows: [Range<Timestamp>] = []
    var edges: Set<Timestamp> = [range.lowerBound, range.upperBound]
    for member in device.members {
      for edge in [member.first, member.last.advanced(byMilliseconds: 1)] where range.contains(edge) {
        edges.insert(edge)
      }
    }
    edges.formUnion(device.series.breaks.filter(range.contains))
    edges.formUnion(
      device.series.ignored.flatMap { [$0.range.lowerBound, $0.range.upperBound] }.filter(range.contains))
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

  /// The range, reaching back and forward to the nearest reading outside `core` where the plug has one.
  private func widened(_ range: Range<Timestamp>, around core: Range<Timestamp>) throws(Failure) -> Range<Timestamp> {
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
        && store.reader.holdsReading(of: member.device, in: range, detail: cutPoints.detail)
    }
  }

  private func scan(
    _ member: Device, in range: Range<Timestamp>, _ body: (ReadingColumns) -> Void
  ) throws(Failure) {
    store.reader.readings(of: member, in: range, body)
  }

  private static func text(of ignored: DeviceSeries.Ignored) -> String {
    let why = ignored.why.isEmpty ? "" : ": \(ignored.why)"
    return "left out by correction \(ignored.correction)\(why); nothing is counted"
  }

  static func failure(_ error: any Error, _ store: StoreAccess) -> Failure {
    if let failure = error as? Failure { return failure }
    if let error = error as? StorageError { return Failure(error, store: store.path) }
    return Failure(.storeUnreadable, "the store at '\(SafeText.printable(store.path))' cannot be read: \(error)")
  }
}
