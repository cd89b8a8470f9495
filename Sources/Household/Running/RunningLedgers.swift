public import Calendar
public import EnergyAccounting
public import Readings
import Reporting
import Storage

/// Ledgers of a store's plugs that go on with each reading as it is stored, instead of being read from the store anew.
///
/// Told every reading and event that the store takes, they are what ``LedgerQuery`` would find in it. Where the next
/// reading alone does not tell (a start of the plug, a command, a late message, a plug that is new, a correction),
/// the plug is read anew: ``needsReading`` says so, and until then its ledger is what it was.
public struct RunningLedgers {
  private let cuts: CutPoints
  private let range: Range<Timestamp>
  private let zone: TimeZoneRules
  private var plugs: [RunningPlug] = []
  /// By address, the plugs that it is of, each at its time.
  private var places: [Device: [Int]] = [:]
  /// The plug that spoke last, and for each the one that spoke after it the last time: plugs report in turn, and to look
  /// an address up takes longer than to compare it.
  private var latest = 0
  private var successors: [Int] = []
  private var misses = true

  /// Over all time: one bucket for everything that a store holds and will hold.
  ///
  /// - Parameter zone: the site's, which plugs may follow through a clock change.
  public init(zone: TimeZoneRules) {
    // The range of instants that a store takes, 1970 to 9999, on whole hours.
    let (start, end) = (Timestamp(milliseconds: 0), Timestamp(milliseconds: 253_402_300_800_000))
    self.init(cutPoints: [start, end], range: start..<end, zone: zone)
  }

  /// - Parameters:
  ///   - edges: a subset of the cut points, between which buckets lie; empty for all.
  ///   - range: what is read: the cut points' time with its surroundings.
  init(cutPoints: [Timestamp], edges: [Timestamp] = [], range: Range<Timestamp>, zone: TimeZoneRules) {
    cuts = CutPoints(cutPoints, edges: edges)
    self.range = range
    self.zone = zone
  }

  /// The plugs, by name; their places are those that ``ledger(ofPlug:)`` takes.
  public var devices: [LogicalDevice] { plugs.map(\.device) }

  /// Something came that only the store can tell of: ``read(_:)`` it when it has everything that was told.
  public var needsReading: Bool { misses || plugs.contains(where: \.isStale) }

  /// Everything is to be read anew.
  public mutating func markStale() {
    misses = true
    for index in plugs.indices { plugs[index].markStale() }
  }

  /// Reads what cannot be carried on. Histories from before are left out: who is told of what a counter is now would take
  /// an import for use.
  ///
  /// - Precondition: the store was opened when it held everything that was told.
  public mutating func read(_ store: HouseholdStore) {
    let old = Dictionary(plugs.map { ($0.device.name, $0) }, uniquingKeysWith: { one, _ in one })
    let events = store.reader.events(in: range, withMargins: false)
    plugs = store.devices.compactMap(\.measured).map { device in
      if let plug = old[device.name], plug.goesOn(as: device) { return plug }
      var plug = RunningPlug(device)
      plug.read(store, cuts, range, zone: zone, events: events)
      return plug
    }
    places = [:]
    for (index, plug) in plugs.enumerated() {
      for member in plug.device.members where places[member.device]?.last != index {
        places[member.device, default: []].append(index)
      }
    }
    latest = 0
    successors = Array(plugs.indices)
    misses = false
  }

  /// A reading that the store took.
  ///
  /// - Parameter time: its receive time, cut to the store's resolution.
  public mutating func add(_ reading: Reading, of device: Device, at time: Timestamp) {
    guard let index = plug(of: device, at: time) else {
      misses = true
      return
    }
    plugs[index].add(reading, of: device, at: time)
  }

  private mutating func plug(of device: Device, at time: Timestamp) -> Int? {
    // By fields alone: a method of a plug in an array is given a copy of it, which takes longer than all else here.
    func isSpeaking(_ index: Int) -> Bool {
      plugs[index].spanOfRows.contains(time) && plugs[index].addressOfRows == device
    }
    if latest < plugs.count {
      if isSpeaking(latest) { return latest }
      let next = successors[latest]
      if isSpeaking(next) {
        latest = next
        return next
      }
    }
    guard let index = places[device]?.first(where: { plugs[$0].holds(device, at: time) }) else { return nil }
    if latest < plugs.count { successors[latest] = index }
    latest = index
    return index
  }

  /// An event that the store took. Starts and commands explain steps of the counter that may have been seen already.
  public mutating func add(_ event: Event) {
    guard event.explainsSteps else { return }
    for index in plugs.indices where !plugs[index].isStale && plugs[index].device.isConcerned(by: event) {
      plugs[index].markStale()
    }
  }

  /// Whether readings came since its ledger was asked.
  public func isChanged(_ plug: Int) -> Bool { plugs[plug].isChanged }

  /// The ledger of a plug as it is now; nil for one that has not been read.
  public mutating func ledger(ofPlug plug: Int) -> DeviceLedger? { plugs[plug].ledger() }

  /// The ledgers of all.
  mutating func all() -> [NamedLedger] {
    plugs.indices.compactMap { index in
      plugs[index].ledger().map { NamedLedger(name: plugs[index].device.name, ledger: $0) }
    }
  }
}
