import Calendar
import EnergyAccounting
import Readings
import Reporting

/// One plug's account that goes on with each reading as it is stored.
struct RunningPlug {
  private(set) var device: LogicalDevice
  /// What is in the store already, and what was added; nil until the plug has been read.
  private var account: MeterAccount?
  private var rows = RunningRows()
  /// Whose readings came last, and when readings of that address belong here.
  private(set) var addressOfRows: Device?
  private(set) var spanOfRows: Range<Timestamp> = Timestamp(milliseconds: 0)..<Timestamp(milliseconds: 0)
  private var last: Timestamp
  /// Until when something is left out or another plug begins, by corrections; nil where nothing is.
  private let correctedUntil: Timestamp?
  /// The layout that was looked at last, and whether it holds texts.
  private var layout: Layout?
  private var holdsText = false
  /// Something came that only another look at the store can judge.
  private(set) var isStale = true
  /// The last look at the store found one plug where a first glance found several.
  private var isOnePlug = false
  /// Readings came since ``ledger()`` was asked.
  private(set) var isChanged = true

  /// - Parameter device: as the store has it.
  init(_ device: LogicalDevice) {
    self.device = device
    last = device.last
    correctedUntil = (device.series.ignored.map(\.range.upperBound) + device.series.breaks).max()
  }

  /// Reads everything that the store has of the plug.
  mutating func read(
    _ store: HouseholdStore, _ cuts: CutPoints, _ range: Range<Timestamp>, zone: TimeZoneRules, events: [Event]
  ) {
    let feed = MeterFeed(store.reader, device, cuts)
    let options = device.meteringOptions(zone)
    var account = feed.account(range: range, events: events, options: options)
    var ended = account
    _ = ended.finish()
    isOnePlug = false
    if let sharing = ended.sharedTopic {
      let each = feed.account(range: range, events: events, options: options, sharing: sharing)
      ended = each
      _ = ended.finish()
      isOnePlug = !ended.isOfSeveralPlugs
      if !isOnePlug { account = each }
    }
    account.keepEnergies()
    self.account = account
    last = device.last
    isStale = false
    isChanged = true
  }

  /// The same plug, whose account goes on: with the names and corrections that it had.
  func goesOn(as other: LogicalDevice) -> Bool {
    !isStale && device.series == other.series && device.rule == other.rule
  }

  /// When readings of one of its addresses belong here.
  func holds(_ address: Device, at time: Timestamp) -> Bool {
    device.members.contains { $0.device == address && $0.span.contains(time) }
  }

  mutating func markStale() { isStale = true }

  /// A reading that the store took behind those which it has.
  ///
  /// - Parameter time: cut to the store's resolution.
  mutating func add(_ reading: Reading, of address: Device, at time: Timestamp) {
    isChanged = true
    guard !isStale else { return }
    // Late ones belong before others; what was corrected ahead is cut where the correction says.
    if time < last { return markStale() }
    if let correctedUntil, correctedUntil > last { return markStale() }
    last = time
    if layout !== reading.layout {
      layout = reading.layout
      holdsText = RunningRows.holdsText(reading.layout)
    }
    if address != addressOfRows {
      settle()
      addressOfRows = address
      spanOfRows = device.members.first { $0.device == address && $0.span.contains(time) }?.span ?? time..<time
    }
    if holdsText || !rows.takes(reading) { settle() }
    guard !holdsText else {
      account?.add(RunningRows.columns(of: reading, at: time), device: address)
      return
    }
    rows.append(reading, at: time)
  }

  /// Tells the account what was kept back.
  private mutating func settle() {
    guard !rows.isEmpty, let addressOfRows else { return }
    account?.add(rows.take(), device: addressOfRows)
  }

  /// What was used until now. A plug whose readings turn out to be those of several on one topic is read anew.
  mutating func ledger() -> DeviceLedger? {
    settle()
    isChanged = false
    guard var ended = account else { return nil }
    let ledger = ended.finish()
    if ended.sharedTopic != nil, !isOnePlug { markStale() }
    return ledger
  }
}
