import Calendar
public import Configuration
import EnergyAccounting
public import Readings
import Reporting
import Storage
public import Text

/// One plug's place in the house: every stored device that goes by one name.
public struct LogicalDevice: Sendable {
  /// What tells it from the others: its configured name, else its topic; where names are for people, the one that it told
  /// by discovery before the topic (``HouseholdStore/Naming``).
  public internal(set) var name: String
  /// In the order of their first readings; at least one.
  public let members: [Member]
  public let rule: Configuration.DeviceRule?
  /// What corrections make of it.
  public let series: DeviceSeries
  /// Other names that select it.
  public internal(set) var aliases: [String] = []

  /// A stored device as far as its readings belong here.
  public struct Member: Sendable {
    public let device: Device
    /// Among the store's devices, which are in the order in which they were first heard.
    let place: Int
    /// Of all of its readings.
    public let rowCount: Int
    /// What they take in the store's segments.
    public let byteCount: Int
    /// First and last reading here, or the nearest instants that bound them.
    public let first: Timestamp
    public let last: Timestamp
    /// When it belongs here.
    public let span: Range<Timestamp>

    /// nil where none of its readings can lie in the span.
    init?(_ stored: StoredDevice, at place: Int, span: Range<Timestamp>) {
      var span = span
      // A history's number at the first instant of what follows says what was used before.
      if stored.device.imported != nil, span.upperBound < DeviceSeries.always.upperBound {
        span = span.lowerBound..<span.upperBound.advanced(byMilliseconds: 1)
      }
      guard stored.first < span.upperBound, stored.last >= span.lowerBound else { return nil }
      self.span = span
      self.place = place
      device = stored.device
      rowCount = stored.rowCount
      byteCount = stored.byteCount
      first = max(stored.first, span.lowerBound)
      last = stored.last < span.upperBound ? stored.last : span.upperBound.advanced(byMilliseconds: -1)
    }
  }

  /// What names and corrections make of the stored devices, by name.
  static func all(of stored: [StoredDevice], _ names: DeviceNames, _ corrections: Corrections) -> [LogicalDevice] {
    DeviceSeries.all(of: stored.map(\.device), names: names, corrections: corrections).compactMap { series in
      let members = ImportedSpans.members(series.members, of: stored).sorted { $0.first < $1.first }
      guard !members.isEmpty else { return nil }
      return LogicalDevice(
        name: series.name, members: members,
        rule: members.lazy.reversed().compactMap { names.rule(for: $0.device) }.first, series: series)
    }
  }

  /// The name that is shown to people for the one that tells it apart; nil where they are the same: a person named it, or
  /// it has told no name.
  ///
  /// - Parameters:
  ///   - told: by MAC.
  ///   - users: by names in small letters, which devices are or may be called so: ``users(of:_:)``.
  func shownName(_ told: [String: String], among users: [String: Set<String>]) -> String? {
    let isTopic = members.contains { $0.device.topic == name } && rule?.name == nil
    guard isTopic, let own = ownName(told) else { return nil }
    let others = users[own.lowercased()]?.subtracting([name]) ?? []
    let shown = FriendlyName.shown(own, topic: name, among: others.isEmpty ? [MainMeter.rest] : [own])
    return shown == name ? nil : shown
  }

  /// What it calls itself: the last plug under the topic that names it. One that took its place from another topic
  /// (`device swap`) does not rename it.
  private func ownName(_ told: [String: String]) -> String? {
    let plug = members.last { $0.device.topic == name && $0.device.mac != nil } ?? members.last { $0.device.mac != nil }
    return plug?.device.mac.flatMap { told[$0] }
  }

  /// The names that some devices have or told, in small letters, with the names of those devices.
  static func users(of devices: [LogicalDevice], _ told: [String: String]) -> [String: Set<String>] {
    var users: [String: Set<String>] = [:]
    for device in devices {
      let own = device.rule?.name == nil ? device.ownName(told) : nil
      for word in [own, device.name].compactMap(\.self) { users[word.lowercased(), default: []].insert(device.name) }
    }
    return users
  }

  public var first: Timestamp { members.map(\.first).min() ?? Timestamp(milliseconds: 0) }
  public var last: Timestamp { members.map(\.last).max() ?? Timestamp(milliseconds: 0) }
  /// How long it has said nothing, as the house's newest reading tells; nil where that is its own.
  package func silence(until newest: Timestamp?) -> Range<Timestamp>? {
    newest.flatMap { last < $0 ? last..<$0 : nil }
  }

  /// It as far as a plug spoke, for what counts on from now; nil where none has.
  var measured: LogicalDevice? {
    let own = members.filter { $0.device.imported == nil }
    guard own.count < members.count else { return self }
    return own.isEmpty
      ? nil : LogicalDevice(name: name, members: own, rule: rule, series: series, aliases: aliases)
  }

  public var byteCount: Int { members.reduce(0) { $0 + $1.byteCount } }

  /// What its accounts are told.
  ///
  /// - Parameter zone: the site's.
  func meteringOptions(_ zone: TimeZoneRules) -> MeteringOptions {
    MeteringOptions(
      maximumMilliwatts: rule?.maximumPower.map { $0 * 1000 }, timeZone: zone, scales: series.scales,
      undoneDecisions: series.undoneDecisions)
  }

  /// True where its name, a topic, a MAC or its group is of a pattern.
  public func matches(_ pattern: GlobPattern) -> Bool {
    pattern.matches(name) || aliases.contains(where: pattern.matches) || rule?.group.map(pattern.matches) ?? false
      || members.contains { pattern.matches($0.device.topic) || $0.device.mac.map(pattern.matches) ?? false }
  }

  /// An event of this plug, or of the recorder or broker, which concern every plug.
  public func isConcerned(by event: Event) -> Bool {
    guard let device = event.device else { return true }
    return members.contains { member in
      member.span.contains(event.at)
        && (member.device.topic == device.topic || (member.device.mac != nil && member.device.mac == device.mac))
    }
  }
}
